"""The standards of many rows at once: what the State and the date decide, found once for each State and period."""

from __future__ import annotations

import bisect
import datetime
from collections.abc import Hashable, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from rightscheck.assessment.assess import Setting, setting_of
from rightscheck.facts.case import STANDARDS, parse_date
from rightscheck.readings.columns import Bits, pack
from rightscheck.rulebook.book import Rulebook

STATUSES = ("binding", "signed", "commitment", "benchmark")
NO_DATE = 0
Codes = npt.NDArray[np.int64]


def breaks_of(book: Rulebook, country: str) -> list[int]:
    """Return the days (ordinals) on which the standing of a standard or protocol changes for a State."""
    parties = book.content.standards.parties.get(country, {}).values()
    dates = (d for p in parties for d in (p.signed, p.in_force, p.since, p.ceased) if d)
    return sorted({parse_date(d).toordinal() for d in dates})


class Standing:
    """Gives each row the number of its setting: State, period between two changes of law, and standards named."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.settings: list[Setting] = []
        self._numbers: dict[tuple[str, int, tuple[str, ...]], int] = {}
        self._breaks: dict[str, list[int]] = {}
        self._periods: dict[str, Codes] = {}
        parties = book.content.standards.parties
        self._every: Codes = np.array(sorted({d for name in parties for d in breaks_of(book, name)}), dtype=np.int64)
        self._cells = sorted(
            {(n, c.protocol or "") for r in book.content.standards.articles.values() for n, c in r.items()}
        )
        self._rights = {
            (n, c.protocol or ""): r for r, row in book.content.standards.articles.items() for n, c in row.items()
        }
        self.features: dict[Hashable, list[bool]] = {
            **{("binding", name): [] for name in STANDARDS},
            **{("cell", *cell): [] for cell in self._cells},
        }
        self.status: dict[str, list[int]] = {name: [] for name in STANDARDS}

    def setting(self, country: str, day: int, named: tuple[str, ...]) -> Setting:
        """Return the setting of a row, with the date as given."""
        date = datetime.date.fromordinal(day) if day else None
        return setting_of(self.book, country or None, date, named or None)

    def _breaks_of(self, country: str) -> list[int]:
        if country not in self._breaks:
            self._breaks[country] = breaks_of(self.book, country)
        return self._breaks[country]

    def _period(self, country: str, day: int) -> int:
        """Return the number of a State's period, -1 where the date or the State's treaties are not known."""
        starts = self._breaks_of(country)
        return bisect.bisect_right(starts, day) if starts and day != NO_DATE else -1

    def _periods_of(self, country: str) -> Codes:
        """Return a State's period (from 0, where none is known) for no date and each period of all States together."""
        if country not in self._periods:
            if country in self.book.content.standards.parties:
                starts = [NO_DATE, 1, *self._every.tolist()]
                self._periods[country] = np.array([self._period(country, day) + 1 for day in starts], dtype=np.int64)
            else:
                self._periods[country] = np.zeros(len(self._every) + 2, dtype=np.int64)
        return self._periods[country]

    def number(self, country: str, day: int, named: tuple[str, ...]) -> int:
        """Return the number of a setting, made once for a State, a period and the standards named."""
        starts = self._breaks_of(country)
        key = (country if starts else "", self._period(country, day), named)
        if key not in self._numbers:
            self._numbers[key] = len(self.settings)
            self._add(self.setting(country, day, named))
        return self._numbers[key]

    def _add(self, setting: Setting) -> None:
        self.settings.append(setting)
        status = dict(setting.standards)
        for name in STANDARDS:
            self.features["binding", name].append(status.get(name) == "binding")
            self.status[name].append(STATUSES.index(status[name]) if name in status else len(STATUSES))
        for cell in self._cells:
            right = self._rights[cell]
            holds = cell[0] in status and self.book.has_cell(right, cell[0], setting.country, setting.as_of)
            self.features["cell", *cell].append(holds)

    def numbers(
        self,
        countries: Sequence[str],
        country_codes: Codes,
        days: Codes,
        sets: Sequence[tuple[str, ...]],
        set_codes: Codes,
    ) -> npt.NDArray[np.int32]:
        """Return each row's setting number.

        Args:
            countries: names by code; an empty name where none is given.
            country_codes: each row's State.
            days: each row's date as an ordinal, 0 where none is given.
            sets: lists of standards by code; empty where none is named.
            set_codes: each row's list of standards.
        """
        overall = np.searchsorted(self._every, days, side="right") + 1
        overall[days == NO_DATE] = 0
        periods = np.stack([self._periods_of(name) for name in countries])
        span = int(periods.max(initial=0)) + 1
        combined = (set_codes * len(countries) + country_codes) * span + periods[country_codes, overall]
        values, inverse = _distinct(combined, len(sets) * len(countries) * span)
        first = np.zeros(len(values), dtype=np.int64)
        first[inverse[::-1]] = np.arange(len(days) - 1, -1, -1)
        numbers = np.empty(len(values), dtype=np.int32)
        for position, row in enumerate(first.tolist()):
            country, named = countries[country_codes[row]], sets[set_codes[row]]
            numbers[position] = self.number(country, int(days[row]), named)
        return numbers[inverse]

    def inputs(self, numbers: npt.NDArray[np.int32], words: int, wanted: Iterable[Hashable]) -> dict[Hashable, Bits]:
        """Return the circuit's inputs that rest on the settings."""
        keys = set(wanted)
        found: dict[Hashable, Bits] = {}
        for key, flags in self.features.items():
            if key in keys:
                found[key] = pack(np.take(np.array(flags, dtype=np.bool_), numbers), words)
        return found


def _distinct(values: Codes, limit: int) -> tuple[Codes, Codes]:
    """Return the distinct values and each value's place among them."""
    if limit <= 8_000_000:
        present = np.zeros(limit, dtype=np.bool_)
        present[values] = True
        distinct = np.flatnonzero(present)
        place = np.zeros(limit, dtype=np.int32)
        place[distinct] = np.arange(len(distinct), dtype=np.int32)
        return distinct, place[values].astype(np.int64)
    distinct, inverse = np.unique(values, return_inverse=True)
    return distinct, inverse.reshape(-1)
