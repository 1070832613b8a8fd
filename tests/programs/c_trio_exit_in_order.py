"""Trio: two scopes entered and left by hand, in order.  Twin: f_trio_exit_out_of_order.py"""
import trio


async def main():
    outer, inner = trio.CancelScope(), trio.CancelScope()
    outer.__enter__()
    inner.__enter__()
    await trio.sleep(0)
    for scope in (inner, outer):
        try:
            scope.__exit__(None, None, None)
        except RuntimeError as error:
            print(type(error).__name__)
    await trio.sleep(0)
    print("done")


trio.run(main)
