"""Trio: a worker that leaves the scope that it entered.  Twin: f_trio_abandoned.py"""
import trio


async def worker():
    scope = trio.move_on_after(5)
    scope.__enter__()
    await trio.sleep(0.01)
    scope.__exit__(None, None, None)


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker)
    print("done")


trio.run(main)
