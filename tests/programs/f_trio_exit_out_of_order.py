"""Trio: two scopes entered and left by hand, the outer one first.  Twin: c_trio_exit_in_order.py"""
import trio


async def main():
    outer, inner = trio.CancelScope(), trio.CancelScope()
    outer.__enter__()
    inner.__enter__()
    await trio.sleep(0)
    for scope in (outer, inner):
        try:
            scope.__exit__(None, None, None)
        except RuntimeError as error:
            print(type(error).__name__)
    await trio.sleep(0)
    print("done")


trio.run(main)
