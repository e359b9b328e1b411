"""Forms that one room shows and another answers: a token is good for a purpose, whichever room has made it."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from colloque.web.forms import Form

MOST = 4 * 1024 * 1024


class PreviewAgenda(Form):
    """Whom would these changes of the programme be told to? `changes`: JSON, a list of SessionChange as a release would
    say it; `after`: the number after which the list goes on. POST /console/{edition}/agenda/preview (registration)."""

    most: ClassVar[int] = MOST

    changes: Annotated[str, Field(max_length=MOST)]
    after: Annotated[int, Field(ge=0, le=2**31)] = 0
