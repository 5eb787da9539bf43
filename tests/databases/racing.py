"""Races of holds against a run: real processes, small batches, random dallying and kills from one seed."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import Table, select

from retention.model.hold import DatasetReceipt, SubjectKey
from retention.runtime import holds
from retention.runtime.plan_run import plan_run
from retention.runtime.prepare import prepare
from retention.sql.live_tables import LiveTables
from retention.sql.reflection import reflect
from retention.sql.rule_tables import RuleTables
from tests.databases.agreement import Agreement, world_with_facts
from tests.faults.faults import injected
from tests.processes import Place, dallying, killed, started
from tests.world import AS_OF, World

BATCH = 3  # groups
AHEAD = 2 * BATCH  # a race is about somebody among the next so many candidates
ORDER = ("shop.invoices", "shop.visits", "shop.customers")
RELEASED = 0.2  # of the holds, one race later
KILLED = 0.1  # of the races end with the worker's death
Rows = tuple[list[tuple[object, ...]], ...]


def planned(world: World, name: str) -> str:
    handle = prepare(world.deployment, "shop", as_of=AS_OF, plan_only=False, external_id=name)
    return plan_run(world.deployment, handle.run_id).run_id


@dataclass(frozen=True)
class Held:
    """What a receipt said of a person, and the person's rows right after it."""

    customer: int
    hold_id: str
    rows: Rows


class Races:
    """``fault``: of the workers, and of who places the holds."""

    def __init__(self, url: str, folder: Path, seed: int, races: int, fault: str = "") -> None:
        self.world = world_with_facts(url, folder, people=60 + 2 * races)  # 2.5 groups of each are due
        self.races = races
        self.seed, self.chance, self.fault = seed, random.Random(seed), fault
        self.run_id = planned(self.world, "race")
        self.place = Place.of(self.world, fault)
        self.candidates = self._candidates()
        self.held: list[Held] = []
        self.placed = 0

    def run(self) -> None:
        worker = self._worker()
        try:
            for _ in range(self.races):
                if not worker.is_alive():
                    break
                worker = self._race(worker)
        finally:
            worker.join(timeout=120)
            killed(worker)
        assert worker.exitcode == 0, self._said("the worker failed")
        assert self.placed > self.races // 3, self._said("the run was over too early")
        for held in self.held:
            self._untouched(held)
        Agreement(self.world).holds(self.run_id)
        self.world.deployment.close()

    def _race(self, worker: BaseProcess) -> BaseProcess:
        time.sleep(self.chance.uniform(0, 0.02))
        customer = self._next_customer()
        with injected(self.fault):
            subject = SubjectKey(kind="customer", key=str(customer))
            receipt = holds.place(self.world.deployment, f"matter {len(self.held)}", (subject,), "lena")
        self.placed += 1
        rows = self._rows(customer)
        told = receipt.datasets[0]
        assert told.in_force, self._said("a hold is pending")
        self._true(told, rows)
        if self.held and self.chance.random() < RELEASED:
            self._release(self.held.pop())
        self.held.append(Held(customer, receipt.hold.id, rows))
        if self.chance.random() < KILLED:
            killed(worker)
            worker = self._worker()
        return worker

    def _release(self, held: Held) -> None:
        self._untouched(held)
        holds.request_release(self.world.deployment, held.hold_id, "lena", "settled")
        holds.confirm_release(self.world.deployment, held.hold_id, "otto")

    def _worker(self) -> BaseProcess:
        return started(dallying, self.place, self.run_id, ORDER, BATCH, self.chance.randrange(1 << 30))

    def _untouched(self, held: Held) -> None:
        assert self._rows(held.customer) == held.rows, self._said("a held person's rows were touched")

    def _true(self, told: DatasetReceipt, rows: Rows) -> None:
        """The receipt counts what is there, and names what had gone before."""
        protected, gone = dict(told.protected), {rule for rule, _, _ in told.gone}
        assert protected["invoices"] == len(rows[1]), self._said("a receipt miscounts invoices")
        assert protected["visits"] == len(rows[3]), self._said("a receipt miscounts visits")
        assert ("shop.invoices" in gone) == (len(rows[1]) < 2), self._said("a receipt is wrong on invoices")
        assert ("shop.visits" in gone) == (len(rows[3]) < 2), self._said("a receipt is wrong on visits")

    def _said(self, what: str) -> str:
        return f"{what}; seed {self.seed}, after {self.placed} holds"

    # -- looking -----------------------------------------------------------------------------------------------------

    def _rows(self, customer: int) -> Rows:
        with self.world.connected() as connection:
            return tuple(
                [tuple(row) for row in connection.exec_driver_sql(f"{statement} {customer} ORDER BY 1, 2")]
                for statement in (
                    "SELECT * FROM customers WHERE id =",
                    "SELECT * FROM invoices WHERE customer_id =",
                    "SELECT l.* FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id WHERE i.customer_id =",
                    "SELECT * FROM visits WHERE customer_id =",
                )
            )

    def _candidates(self) -> dict[str, dict[int, int]]:
        """Rule -> number of a candidate -> customer."""
        deployment = self.world.deployment
        database = deployment.database("shop")
        found = {}
        with database.reading() as connection:
            live = LiveTables(reflect(connection, database), None)
            for rule in ORDER:
                table: Table = RuleTables.of(deployment.rule(rule), live, database.dialect).candidate
                of_two = 1 if rule == "shop.customers" else 2
                rows = connection.execute(select(table.c.seq, table.c.k1).where(table.c.run_id == self.run_id))
                found[rule] = {seq: int(key) // of_two for seq, key in rows}
        return found

    def _next_customer(self) -> int:
        """Somebody of the next candidates, as the journal stands now."""
        own = self.world.own("journal")
        statement = f"SELECT rule_id, max({self.world.quoted('last')}) FROM {own} GROUP BY rule_id"
        with self.world.connected() as connection:
            reached = {rule: int(last) for rule, last in connection.exec_driver_sql(statement)}
        open_rules = [rule for rule in ORDER if reached.get(rule, 0) < len(self.candidates[rule])]
        rule = open_rules[0] if open_rules else ORDER[-1]
        number = reached.get(rule, 0) + self.chance.randint(1, AHEAD)
        return self.candidates[rule].get(number, 4)
