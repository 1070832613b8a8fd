"""Trio: a worker that enters a scope and never leaves it.  Twin: c_trio_left.py"""
import trio


async def worker():
    scope = trio.move_on_after(5)
    scope.__enter__()
    await trio.sleep(0.01)


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker)
    print("done")


trio.run(main)
