"""What a person eats and what must be prepared for them. Never in a fact; kept sealed (the key is the edge's)."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from colloque.contracts.fact import Frozen

Meal: TypeAlias = Literal["standard", "vegetarian", "vegan", "gluten_free", "allergen_contact_me", "none"]
Access: TypeAlias = Literal[
    "step_free", "reserved_seat", "induction_loop", "lsf", "velotypie", "large_print", "quiet_room", "falc", "companion"
]
MEALS: tuple[Meal, ...] = get_args(Meal)
ACCESS: tuple[Access, ...] = get_args(Access)


class Needs(Frozen):
    meal: Meal = "standard"
    access: tuple[Access, ...] = ()

    @property
    def none(self) -> bool:
        return self.meal == "standard" and not self.access
