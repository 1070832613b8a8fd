# Clean: a blocking portal runs calls in a loop of its own thread; one of its futures is cancelled.
import anyio, anyio.from_thread, json, time, concurrent.futures
async def slow(): await anyio.sleep(5)
async def quick():
    with anyio.move_on_after(0.005): await anyio.sleep(5)
    return "quick"
with anyio.from_thread.start_blocking_portal() as portal:
    results = [portal.call(quick) for _ in range(3)]
    future = portal.start_task_soon(slow); time.sleep(0.03)
    results.append(future.cancel()); time.sleep(0.02)
print(json.dumps({"case": "c_blocking_portal", "verdict": "clean" if results == ["quick"] * 3 + [True] else "odd"}))
