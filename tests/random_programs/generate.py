# SPDX-License-Identifier: MIT
"""Writes a random program: cases, each an asyncio program of some tasks whose blocks are nested at random. All of them
are used as documented, so that scopetrace has nothing to say; except for one fault that some cases have planted
(faults.py). What a node becomes depends on the seed and its path alone: with some of them skipped, which is how a case
is made smaller, the others stay what they were.

Left out, since the libraries themselves go wrong there:
* children that fail, where the task may be cancelled from outside meanwhile: before 3.13 asyncio's TaskGroup, and
  AnyIO's always, raise their errors instead of the CancelledError; nor may one fail before 3.13 while the group waits
  for it (its request stays). From 3.13 on TaskGroup cancels its task again in its own name, which AnyIO takes for a
  request of somebody else;
* gather() below AnyIO's scopes, whose CancelledError need not be the one that AnyIO sent, and AnyIO does not catch it;
* a timeout entered at once after such a group, when the request is open already and the error has not come: it takes
  the error for its own if it expires in that turn (3.13);
* asyncio.wait_for() on 3.11, which drops a request that comes together with its result;
* AnyIO mixed with asyncio's own requests before 4.15 (anyio#1214).

Not left out, but known: SIGINT when the main task has ended and the loop has not stopped yet. asyncio.Runner raises its
KeyboardInterrupt, the stop that is still to come ends what the runner does next, and that says "Event loop stopped before
Future completed" (asyncio's loop and uvloop's; of 4,000 programs that were interrupted at their end on uvloop, 29).
"""
import contextlib
import random
from typing import NamedTuple

import faults


class Target(NamedTuple):
    python: tuple  # (3, 11)
    anyio: tuple | None  # (4, 16)
    real_time: bool = False


class Place(NamedTuple):
    depth: int = 3
    native: bool = False  # somebody may call Task.cancel()
    level: bool = False  # below a scope of AnyIO that may be cancelled
    brief: bool = False  # somebody waits for this task who is cancelled in each turn: it must end soon
    cleanup: bool = False

    def deeper(self, **changes):
        return self._replace(**{"depth": self.depth - 1, **changes})


class Case:
    """Its functions are named after it, so that a finding tells the case."""

    def __init__(self, seed, number, target, skip=(), plant=None):
        self.seed, self.number, self.target, self.skip = f"{seed}/{number}", number, target, frozenset(skip)
        self.plant = plant or {}  # path: kind of fault
        self.functions, self.out, self.level = [], [], 0
        self.slots = []  # (path, place) of all statements
        self.unit = 0.001
        chance = self.chance("mode")
        mixed = target.anyio and target.anyio >= (4, 15)
        self.mode = chance.choice(["asyncio"] + (["anyio"] if target.anyio else []) + (["mixed"] * 2 if mixed else []))
        self.native, self.anyio = self.mode != "anyio", self.mode != "asyncio"
        self.factory = self.choose_factory(chance) if self.native else None
        self.interrupted = chance.randint(1, 30) * self.unit if chance.random() < 0.08 else None

    def choose_factory(self, chance):
        kind = chance.choice(["own", "python", "eager", "eager"] + [None] * 8)
        fits = {"eager": self.target.python >= (3, 12), "python": not self.anyio}
        return kind if fits.get(kind, True) else None

    def chance(self, path):
        return random.Random(f"{self.seed}/{path}")

    # ---- writing ----

    def line(self, text):
        self.out.append("    " * self.level + text)

    @contextlib.contextmanager
    def block(self, text):
        self.line(text)
        self.level += 1
        yield
        self.level -= 1

    def function(self, place, path, write=None, parameters=""):
        """The name of a coroutine function of that body."""
        name = f"f{path.replace('.', '_')}_c{self.number}"
        outer = self.out, self.level
        self.out, self.level = [], 0
        with self.block(f"async def {name}({parameters}):"):
            (write or self.body)(place, path + ".f")
        self.functions.append("\n".join(self.out))
        self.out, self.level = outer
        return name

    def name(self, letter, path):
        return letter + path.replace(".", "_")

    def delay(self, chance):
        return f"{chance.choice([0, 1, 1, 2, 2, 3, 5, 5, 8, 13]) * self.unit:.3f}"

    @property
    def box(self):
        return f"B{self.number}[0]"

    # ---- statements ----

    def body(self, place, path):
        chance = self.chance(path)
        for number in range(chance.randint(1, 3)):
            self.statement(place, f"{path}.{number}")

    def statement(self, place, path):
        chance = self.chance(path)
        self.slots.append((path, place))
        if path in self.plant:
            faults.plant(self, self.plant[path])
        if path in self.skip:
            return self.line("pass")
        if place.depth <= 0 or chance.random() < 0.3:
            return self.leaf(place, path, chance)
        if chance.random() < 0.15:
            return self.line(f"await {self.function(place.deeper(), path)}()")
        blocks = [block for block, wanted in BLOCKS if wanted(self, place)]
        return chance.choice(blocks)(self, place, path, chance)

    def leaf(self, place, path, chance):
        delay = self.delay(chance)
        choices = [f"await asyncio.sleep({delay})", f"await ticks({chance.randint(1, 4)})",
                   f"await event_after({delay})", f"await item_after({delay})", f"log('{path}', count())"]
        if self.native and not place.level and not place.brief:
            choices += [f"await read_numbers({delay}, {chance.randint(0, 3)})", f"await condition_after({delay})"]
        if self.native and not place.cleanup:
            choices += [f"{self.box}.cancel_a_task({chance.randint(0, 9)})"]
        if self.anyio:
            choices += [f"await anyio.sleep({delay})", f"await streamed_after({delay})",
                        "await anyio.lowlevel.checkpoint()", "await anyio.lowlevel.cancel_shielded_checkpoint()",
                        f"{self.box}.cancel_a_scope({chance.randint(0, 9)})"]
        if self.target.real_time:
            choices += ["await asyncio.to_thread(time.sleep, 0.001)"]
        if chance.random() < 0.15:
            with self.block(f"async with {self.box}.lock:"):
                self.line(f"await asyncio.sleep({delay})")
        else:
            self.line(chance.choice(choices))

    def cleanup(self, place, path, chance):
        """What a finally block does: it must not take long where somebody is cancelled in each turn meanwhile."""
        delay = chance.choice([0.001, 0.002, 0.003])
        choices = [[f"await ticks({chance.randint(1, 3)})"], [f"log('{path}', count())"]]
        if not place.brief and not place.level and self.native:
            choices += [[f"await asyncio.sleep({delay})"],
                        ["try:", f"    async with asyncio.timeout({delay}):", "        await asyncio.sleep(1)",
                         "except TimeoutError:", f"    log('{path}')"],
                        ["async with asyncio.timeout(1):", f"    await asyncio.sleep({delay})"]]
        if not place.brief and self.anyio:
            choices += [["with anyio.CancelScope(shield=True):", f"    await asyncio.sleep({delay})"],
                        [f"with anyio.move_on_after({delay}, shield=True):", "    await anyio.sleep(1)"],
                        ["with anyio.CancelScope(shield=True):", f"    with anyio.move_on_after({delay}):",
                         "        await anyio.sleep(1)"]]
        for line in chance.choice(choices):
            self.line(line)

    # ---- blocks ----

    def finally_(self, place, path, chance):
        with self.block("try:"):
            self.body(place.deeper(), path)
        with self.block("finally:"):
            self.cleanup(place, path, chance)

    def loop(self, place, path, chance):
        with self.block(f"for _ in range({chance.randint(2, 4)}):"):
            self.body(place._replace(depth=min(place.depth - 1, 1)), path)

    def timeout(self, place, path, chance):
        name, delay = self.name("t", path), self.delay(chance)
        how = chance.choice([f"timeout({delay})"] * 5 +
                            [f"timeout_at(now() + {delay})", "timeout(None)", "timeout(50)"])
        with self.block("try:"):
            with self.block(f"async with asyncio.{how} as {name}:"):
                if chance.random() < 0.25:
                    self.line(f"reschedule({name}, {self.delay(chance)})")
                elif chance.random() < 0.2:
                    self.line(f"asyncio.get_running_loop().call_later({self.delay(chance)}, reschedule, {name}, "
                              f"{self.delay(chance)})")
                self.body(place.deeper(native=True), path)
        with self.block("except TimeoutError:"):
            self.line(f"log('{path}', count())")

    def deadline(self, place, path, chance):
        """Other kinds of timeouts."""
        how = chance.choice(["Deadline", "Described", "limited"])
        with self.block("try:"):
            with self.block(f"async with {how}({self.delay(chance)}):"):
                self.body(place.deeper(native=True), path)
        with self.block("except TimeoutError:"):
            self.line(f"log('{path}', count())")

    def exit_stack(self, place, path, chance):
        kinds = ["enter_async_context(asyncio.timeout({}))", "enter_async_context(Described({}))"] * self.native
        kinds += ["enter_context(anyio.move_on_after({}))",
                  "enter_context(anyio.CancelScope(deadline=now() + {}))"] * self.anyio
        stack = self.name("e", path)
        with self.block("try:"):
            with self.block(f"async with contextlib.AsyncExitStack() as {stack}:"):
                for _ in range(chance.randint(1, 3)):
                    entered = chance.choice(kinds).format(self.delay(chance))
                    self.line(("await " if "async" in entered else "") + f"{stack}.{entered}")
                self.body(place.deeper(native=place.native or self.native, level=place.level or self.anyio), path)
        with self.block("except TimeoutError:"):
            self.line(f"log('{path}', count())")

    def stream(self, place, path, chance):
        """A generator that is inside of a scope while it yields, which is all right if its reader closes it."""
        scopes = ["async with asyncio.timeout(100)"] * self.native + ["with anyio.CancelScope()"] * self.anyio
        name = self.function(place, path, lambda *_: self.yields(path, chance.choice(scopes)))
        item = self.name("i", path)
        with self.block(f"async with contextlib.aclosing({name}()) as {item}s:"):
            with self.block(f"async for {item} in {item}s:"):
                self.body(place.deeper(depth=min(place.depth - 1, 1)), path)
                if chance.random() < 0.3:
                    self.line("break")

    def yields(self, path, scope):
        delay = self.delay(self.chance(path + ".y"))
        with self.block(f"{scope}:"):
            self.line("yield 1")
            self.line(f"await asyncio.sleep({delay})")
            self.line("yield 2")

    def timeout_passed(self, place, path, chance):
        """Its body stops the timeout's error, having looked that it was the timeout's alone."""
        name = self.name("t", path)
        self.line(f"before{name} = count()")
        with self.block(f"async with asyncio.timeout({self.delay(chance)}) as {name}:"):
            with self.block("try:"):
                self.body(place.deeper(native=True), path)
            with self.block("except asyncio.CancelledError:"):
                with self.block(f"if not {name}.expired() or count() > before{name} + 1:"):
                    self.line("raise")
                self.line(f"await asyncio.sleep({self.delay(chance)})")

    def wait_for(self, place, path, chance):
        name = self.function(place.deeper(native=True), path)
        argument = f"{name}()"
        if chance.random() < 0.4:
            argument = f"{self.box}.anybodys(asyncio.create_task({name}()))"
        with self.block("try:"):
            self.line(f"await asyncio.wait_for({argument}, {self.delay(chance)})")
        with self.block("except TimeoutError:"):
            self.line(f"log('{path}', count())")
        if argument != f"{name}()":
            with self.block("except asyncio.CancelledError:  # the task's, or this one's?"):
                with self.block("if count():"):
                    self.line("raise")

    def of_task(self, place):
        """Where the children of asyncio run."""
        return place.deeper(native=True, level=False, brief=place.brief or place.level)

    def task_group(self, place, path, chance):
        group = self.name("g", path)
        fails = self.may_fail(place) and chance.random() < 0.4
        waits = fails and self.target.python < (3, 13)
        with self.block("try:") if fails else contextlib.nullcontext():
            with self.block(f"async with asyncio.TaskGroup() as {group}:"):
                for number in range(chance.randint(1, 3)):
                    child = self.function(self.of_task(place), f"{path}.c{number}")
                    task = f"{group}.create_task({child}())"
                    self.line(f"{self.box}.anybodys({task})" if chance.random() < 0.5 and not waits else task)
                if fails:
                    self.line(f"{group}.create_task({self.function(place, path + '.b', self.fails)}())")
                if chance.random() < 0.6:
                    self.body(place.deeper(native=True), path)
                if waits:
                    self.line("await asyncio.sleep(1000)")
        if fails:
            with self.block("except* Boom:"):
                self.line(f"log('{path}', count())")
            self.line("await asyncio.sleep(0)  # the request that the group made anew arrives")

    def may_fail(self, place):
        if place.cleanup:
            return False
        return not place.native if self.target.python < (3, 13) else not place.level and not place.brief

    def fails(self, place, path):
        chance = self.chance(path)
        self.line(f"await asyncio.sleep({self.delay(chance)})")
        self.line(f"raise Boom('{path}')")

    def tasks(self, place, path, chance, kinds=None):
        """A list of tasks that are put an end to when the block is left, whatever happens."""
        name = self.name("tasks", path)
        children = []
        for number in range(chance.randint(1, 3)):
            kind = chance.choice(kinds or [None])
            child = self.function(self.of_task(place), f"{path}.c{number}", kind)
            children.append(f"asyncio.create_task({child}())")
            if chance.random() < 0.5 and kind is None:
                children[-1] = f"{self.box}.anybodys({children[-1]})"
        self.line(f"{name} = [{', '.join(children)}]")
        return name

    def gather(self, place, path, chance):
        name = self.tasks(place, path, chance)
        with self.block("try:"):
            self.line(f"await asyncio.gather(*{name}, return_exceptions=True)")
        with self.block("finally:"):
            self.line(f"await put_an_end_to(*{name})")

    def wait(self, place, path, chance):
        name = self.tasks(place, path, chance)
        when = chance.choice(["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"])
        with self.block("try:"):
            self.line(f"await asyncio.wait({name}, timeout={self.delay(chance)}, return_when=asyncio.{when})")
            self.body(place.deeper(), path)
        with self.block("finally:"):
            self.line(f"await put_an_end_to(*{name})")

    def as_completed(self, place, path, chance):
        name = self.tasks(place, path, chance)
        with self.block("try:"):
            with self.block(f"for future in asyncio.as_completed({name}, timeout={self.delay(chance)}):"):
                self.line("await ended(asyncio.ensure_future(future))")
        with self.block("finally:"):
            self.line(f"await put_an_end_to(*{name})")

    def shield(self, place, path, chance):
        child = self.function(self.of_task(place), path)
        name = self.name("task", path)
        self.line(f"{name} = asyncio.create_task({child}())")
        self.line(f"{self.box}.last.append({name})")
        self.line(f"await asyncio.shield({name})")

    def cancelled(self, place, path, chance):
        """Tasks that this one cancels, or the loop for it."""
        kinds = [self.ends, self.returns, self.converts] + [self.resists] * (not place.level and not place.brief)
        name = self.tasks(place, path, chance, kinds)
        with self.block("try:"):
            self.line(f"await asyncio.sleep({self.delay(chance)})")
            if chance.random() < 0.5:
                self.line(f"{name}[0].cancel({chance.choice(['', repr(path)])})")
            else:
                self.line(f"asyncio.get_running_loop().call_later({self.delay(chance)}, {name}[-1].cancel)")
            self.body(place._replace(depth=min(place.depth - 1, 1)), path)
        with self.block("finally:"):
            self.line(f"await put_an_end_to(*{name})")

    def ends(self, place, path):
        self.body(place, path)

    def returns(self, place, path):
        chance = self.chance(path)
        with self.block("try:"):
            self.line(f"await asyncio.sleep({self.delay(chance)})")
            self.line(f"await event_after({self.delay(chance)})")
        with self.block("except asyncio.CancelledError:"):
            self.line(f"log('{path}')")

    def converts(self, place, path):
        with self.block("try:"):
            self.body(place, path)
        with self.block("except asyncio.CancelledError:"):
            self.line(f"raise Boom('{path}') from None")

    def resists(self, place, path):
        with self.block("try:"):
            self.body(place, path)
        with self.block("except asyncio.CancelledError:"):
            self.line("while asyncio.current_task().uncancel():")
            self.line("    pass")
        self.body(place, path + ".r")

    # ---- AnyIO ----

    def scope(self, place, path, chance):
        name, delay = self.name("s", path), self.delay(chance)
        how = chance.choice(["CancelScope()", f"CancelScope(deadline=now() + {delay})", f"move_on_after({delay})",
                             f"move_on_after({delay})", f"fail_after({delay})", f"fail_after({delay})",
                             f"move_on_after({delay}, shield=True)", "CancelScope(shield=True)"])
        if "fail" in how:
            with self.block("try:"):
                self.in_scope(place, path, chance, name, how)
            with self.block("except TimeoutError:"):
                self.line(f"log('{path}', count())")
        else:
            self.in_scope(place, path, chance, name, how)

    def in_scope(self, place, path, chance, name, how):
        before = "fail" not in how and chance.random() < 0.1
        if before:
            self.line(f"{name} = anyio.{how}")
            self.line(f"{name}.cancel()")
        with self.block(f"with {name}:" if before else f"with anyio.{how} as {name}:"):
            if chance.random() < 0.6:
                self.line(f"{self.box}.scopes.append({name})")
            if chance.random() < 0.2:
                self.line(f"{name}.deadline = now() + {self.delay(chance)}")
            if chance.random() < 0.2:
                self.line(f"asyncio.get_running_loop().call_later({self.delay(chance)}, {name}.cancel)")
            if chance.random() < 0.15:
                self.line(f"{name}.shield = {chance.choice(['True', 'False'])}")
            self.body(place.deeper(level=True), path)
            if chance.random() < 0.2:
                self.line(f"{name}.cancel()")
                self.line("await anyio.sleep(0)")

    def scope_passed(self, place, path, chance):
        """AnyIO delivers again what the body stops."""
        with self.block(f"with anyio.move_on_after({self.delay(chance)}) as {self.name('s', path)}:"):
            with self.block("try:"):
                self.line("await anyio.sleep(1)")
            with self.block("except asyncio.CancelledError:"):
                self.line(f"log('{path}', count())")
            self.line("await ticks(2)")

    def anyio_group(self, place, path, chance):
        group = self.name("g", path)
        fails = not place.native and not place.cleanup and chance.random() < 0.4
        inside = place.deeper(level=True)
        children = inside._replace(native=False)
        with self.block("try:") if fails else contextlib.nullcontext():
            with self.block(f"async with anyio.create_task_group() as {group}:"):
                self.line(f"{self.box}.scopes.append({group}.cancel_scope)")
                for number in range(chance.randint(1, 3)):
                    if chance.random() < 0.25:
                        child = self.function(children, f"{path}.c{number}", self.starts,
                                              "*, task_status=anyio.TASK_STATUS_IGNORED")
                        self.line(f"await {group}.start({child})")
                    else:
                        self.line(f"{group}.start_soon({self.function(children, f'{path}.c{number}')})")
                if fails:
                    self.line(f"{group}.start_soon({self.function(place, path + '.b', self.fails)})")
                if chance.random() < 0.6:
                    self.body(inside, path)
                if chance.random() < 0.4:
                    self.line(f"{group}.cancel_scope.cancel()")
        if fails:
            with self.block("except* Boom:"):
                self.line(f"log('{path}', count())")

    def starts(self, place, path):
        self.line(f"await ticks({self.chance(path).randint(0, 2)})")
        self.line("task_status.started()")
        self.body(place, path)

    # ---- the whole ----

    def text(self):
        main = self.function(Place(native=self.interrupted is not None), "0")
        box = self.box.removesuffix("[0]")
        start = [f"async def main_c{self.number}():", f"    {box}[:] = [Box()]", "    try:", f"        await {main}()",
                 "    finally:", f"        await put_an_end_to(*{self.box}.last)"]
        return "\n\n\n".join([f"{box} = []", *self.functions, "\n".join(start)])

    def call(self):
        return f"({self.number}, main_c{self.number}, {self.factory!r}, {self.interrupted})"


NATIVE = [Case.timeout, Case.timeout, Case.deadline, Case.deadline, Case.timeout_passed, Case.task_group,
          Case.task_group, Case.wait, Case.as_completed, Case.shield, Case.cancelled, Case.cancelled]
BOTH = [Case.finally_, Case.finally_, Case.loop, Case.exit_stack, Case.stream]
BLOCKS = ([(block, lambda case, place: True) for block in BOTH] +
          [(block, lambda case, place: case.native) for block in NATIVE] +
          [(Case.gather, lambda case, place: case.native and not place.level),
           (Case.wait_for, lambda case, place: case.native and not place.level and case.target.python >= (3, 12))] +
          [(block, lambda case, place: case.anyio)
           for block in [Case.scope] * 4 + [Case.anyio_group] * 3] +
          [(Case.scope_passed, lambda case, place: case.anyio and not place.native)])


def planted_case(seed, number, target, kind, skip=()):
    """A case in which a place was found for the fault."""
    slots = Case(seed, number, target)
    slots.text()
    chance = random.Random(f"{seed}/{number}/{kind}")
    fitting = [path for path, place in slots.slots if faults.fits(kind, slots, place)]
    return Case(seed, number, target, skip, {chance.choice(fitting): kind} if fitting else None)


def program(seed, numbers, target, kinds=(), skip=()):
    """Every other case has a fault where there are kinds of them. Returns the text, and the fault of each case."""
    texts, calls, planted = [], [], {}
    for number in numbers:
        kind = kinds[number // 2 % len(kinds)] if kinds and number % 2 else None
        case = planted_case(seed, number, target, kind, skip) if kind else Case(seed, number, target, skip)
        texts.append(case.text())
        calls.append(case.call())
        if case.plant:
            planted[number] = kind
    of_anyio = "import anyio\nimport anyio.lowlevel\nimport anyio._backends._asyncio\n"
    imports = "import asyncio\nimport contextlib\nimport time\n" + (of_anyio if target.anyio else "")
    texts.append("run_all(" + ",\n        ".join(calls) + ")\n")
    return imports + "from world import *\n\n\n" + "\n\n\n".join(texts), planted
