"""What programs send."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Asked(BaseModel):
    """What a program sends: a field it did not mean to send is a mistake worth knowing of."""

    model_config = ConfigDict(extra="forbid", frozen=True)
