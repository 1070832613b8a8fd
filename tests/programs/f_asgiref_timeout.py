# Faulty: asgiref's timeout raises TimeoutError and never takes its request back.
from _h import *; import warnings; warnings.simplefilter("ignore")
from asgiref.timeout import timeout
async def main():
    expired = 0
    for _ in range(3):
        try:
            async with timeout(0.01): await asyncio.sleep(1)
        except asyncio.TimeoutError: expired += 1
    for _ in range(8): await asyncio.sleep(0.002)
    return {"residual": n(), "expired": expired}
run("f_asgiref_timeout", main, {"residual": 0})
