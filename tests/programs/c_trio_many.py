"""Trio: two thousand tasks, each with a deadline that passes, in a run after another: nothing is wrong."""
import trio


async def worker(limit):
    async with limit:
        with trio.move_on_after(0.001) as scope:
            await trio.sleep(1)
        assert scope.cancelled_caught


async def main():
    limit = trio.CapacityLimiter(200)
    async with trio.open_nursery() as nursery:
        for _ in range(1000):
            nursery.start_soon(worker, limit)


trio.run(main)
trio.run(main)
print("done")
