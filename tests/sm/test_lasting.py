"""What only shows after a while: memory that grows, threads that disturb each other."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from schemas.errors import MedcredError
from sm import sm2

OPERATIONS = int(os.environ.get("MEDCRED_FUZZ", "20000"))
ALLOWED_GROWTH = 3 << 20

# Right and wrong calls by turns, in a process of its own so that nothing but them uses memory.
WORKER = """
import gc, resource, sys
from schemas.errors import MedcredError
from sm import providers, sm2
name, operations = sys.argv[1], int(sys.argv[2])
provider = providers.PROVIDERS[name]()
providers.chosen = lambda: provider
key = sm2.generate()
signature = sm2.sign(key, b"m", user_id=b"")
ciphertext = sm2.encrypt(key.public_key, b"file key")
altered = ciphertext[:-1] + bytes((ciphertext[-1] ^ 1,))

def all_kinds():
    sm2.sign(key, b"m", user_id=b"")
    assert sm2.verify(key.public_key, b"m", signature, user_id=b"")
    assert not sm2.verify(key.public_key, b"n", signature, user_id=b"")
    assert sm2.decrypt(key, ciphertext) == b"file key"
    sm2.encrypt(key.public_key, b"file key")
    try:
        sm2.decrypt(key, altered)
    except MedcredError:
        pass
    if name == "OpenSSL":
        sm2.generate()
    return 7

def rss():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()

for _ in range(300):
    all_kinds()
before, done = rss(), 0
while done < operations:
    done += all_kinds()
print(rss() - before)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux to measure a process")
def test_memory_stays_flat() -> None:
    command = [sys.executable, "-c", WORKER, "OpenSSL", str(OPERATIONS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < ALLOWED_GROWTH


@pytest.mark.usefixtures("provider")
def test_threads_do_not_disturb_each_other() -> None:
    keys = [sm2.generate() for _ in range(4)]

    def work(number: int) -> int:
        key, message = keys[number % 4], str(number).encode()
        signature = sm2.sign(key, message, user_id=message)
        good = sm2.verify(key.public_key, message, signature, user_id=message)
        bad = sm2.verify(keys[(number + 1) % 4].public_key, message, signature, user_id=message)
        opened = sm2.decrypt(key, sm2.encrypt(key.public_key, message))
        try:
            sm2.decrypt(keys[(number + 1) % 4], sm2.encrypt(key.public_key, message * 8))
        except MedcredError as error:
            return int(good and not bad and opened == message and error.code == "sm.not_decrypted")
        return 0

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(200))) == 200
