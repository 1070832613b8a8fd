"""Trio: nurseries, deadlines, a child that fails, a scope cancelled before it is entered: nothing is wrong."""
import trio


async def sleeper():
    with trio.move_on_after(0.02):
        await trio.sleep(10)


async def failing():
    await trio.sleep(0.01)
    raise ValueError


async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(sleeper)
        nursery.start_soon(sleeper)
    with trio.CancelScope() as outer:
        with trio.CancelScope():
            outer.cancel()
            await trio.sleep(1)
    early = trio.CancelScope()
    early.cancel()
    with early:
        await trio.sleep(1)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(sleeper)
            nursery.start_soon(failing)
    except Exception as error:
        print(type(error).__name__)
    with trio.CancelScope(shield=True), trio.move_on_after(0.01) as late:
        await trio.sleep(1)
    print(late.cancelled_caught)


trio.run(main)
