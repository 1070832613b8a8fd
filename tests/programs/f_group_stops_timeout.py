# Faulty up to AnyIO 3: the exit of a task group stops what comes while it waits for the children. The timeout around it
# has expired, and never raises its TimeoutError.
from _h import *; import anyio
async def main():
    outcomes = []
    for _ in range(3):
        try:
            async with asyncio.timeout(0.005):
                async with anyio.create_task_group() as group: group.start_soon(anyio.sleep, 5)
            outcomes.append("left")
        except TimeoutError: outcomes.append("expired")
    return {"outcomes": outcomes, "residual": n()}
run("f_group_stops_timeout", main, {"outcomes": ["expired"] * 3, "residual": 0})
