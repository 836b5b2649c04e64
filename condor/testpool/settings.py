"""The configuration of a pool: all its daemons on one machine, seen by one user only, and quick."""

from __future__ import annotations

from pathlib import Path

from condor.testpool.errors import PoolError

MARK = "BUMPCAST_TESTPOOL"
"""Environment variable of every process of a pool, daemon or job: the pool's folder."""

_PLACES = """\
# Programs come from the folder they were unpacked to, all else is in the pool's own.
RELEASE_DIR = {prefix}/usr
LOCAL_DIR = {folder}
BIN = $(RELEASE_DIR)/bin
SBIN = $(RELEASE_DIR)/sbin
LIB = $(RELEASE_DIR)/lib/condor
LIBEXEC = $(RELEASE_DIR)/libexec/condor
SHARE = $(RELEASE_DIR)/share/condor
ETC = $(LOCAL_DIR)/etc
LOG = $(LOCAL_DIR)/log
RUN = $(LOCAL_DIR)/run
LOCK = $(LOCAL_DIR)/lock
SPOOL = $(LOCAL_DIR)/spool
EXECUTE = $(LOCAL_DIR)/execute
# What the machine may have in /etc/condor has no say.
LOCAL_CONFIG_FILE =
LOCAL_CONFIG_DIR =
DAEMON_LIST = MASTER COLLECTOR NEGOTIATOR SCHEDD STARTD
"""

_NETWORK = """\
# Loopback alone, on ports that the kernel picks: any number of pools run side by side. Programs
# find the daemons by the files in which these write their addresses.
CONDOR_HOST = 127.0.0.1
NETWORK_INTERFACE = 127.0.0.1
BIND_ALL_INTERFACES = False
ENABLE_IPV6 = False
USE_SHARED_PORT = False
COLLECTOR_HOST = $(CONDOR_HOST):0
COLLECTOR_ADDRESS_FILE = $(LOG)/.collector_address
# No name is looked up, and no mail is sent.
NO_DNS = True
DEFAULT_DOMAIN_NAME = testpool.invalid
UID_DOMAIN = $(DEFAULT_DOMAIN_NAME)
FILESYSTEM_DOMAIN = $(DEFAULT_DOMAIN_NAME)
CONDOR_ADMIN =
SCHEDD_NAME =
ENABLE_URL_TRANSFERS = False
"""

_TRUST = """\
# The pool's user alone may do anything, and proves to be it by making a file.
SEC_DEFAULT_AUTHENTICATION = REQUIRED
SEC_DEFAULT_AUTHENTICATION_METHODS = FS
SEC_DEFAULT_ENCRYPTION = OPTIONAL
SEC_DEFAULT_INTEGRITY = OPTIONAL
POOL_USER = {user}@$(UID_DOMAIN)
ALLOW_READ = $(POOL_USER)
ALLOW_WRITE = $(POOL_USER)
ALLOW_DAEMON = $(POOL_USER)
ALLOW_NEGOTIATOR = $(POOL_USER)
ALLOW_ADMINISTRATOR = $(POOL_USER)
ALLOW_CONFIG = $(POOL_USER)
ALLOW_OWNER = $(POOL_USER)
"""

_SLOTS = """\
# One slot that is split as jobs ask, of the size that was asked for, whatever the machine has.
NUM_CPUS = {cpus}
MEMORY = {memory}
NUM_SLOTS = 1
NUM_SLOTS_TYPE_1 = 1
SLOT_TYPE_1 = 100%
SLOT_TYPE_1_PARTITIONABLE = True
# Jobs start whatever else the machine does, and run until they end or are removed.
START = True
SUSPEND = False
WANT_SUSPEND = False
PREEMPT = False
WANT_VACATE = False
KILL = False
STARTER_JOB_ENVIRONMENT = "HOME={folder}/home {mark}={folder}"
# Nothing to measure or to look for before the slot is offered.
RUNBENCHMARKS = 0
JAVA =
DOCKER =
SINGULARITY =
"""

_TEMPO = """\
# A large pool asks once a minute what a pool of one machine may ask all the time. Seconds.
NEGOTIATOR_INTERVAL = 2
NEGOTIATOR_MIN_INTERVAL = 1
NEGOTIATOR_CYCLE_DELAY = 1
SCHEDD_INTERVAL = 2
SCHEDD_MIN_INTERVAL = 1
JOB_START_DELAY = 0
UPDATE_INTERVAL = 5
STARTER_INITIAL_UPDATE_INTERVAL = 1
STARTER_UPDATE_INTERVAL = 5
SHADOW_QUEUE_UPDATE_INTERVAL = 5
KILLING_TIMEOUT = 10
SHUTDOWN_FAST_TIMEOUT = 20
SHUTDOWN_GRACEFUL_TIMEOUT = 20
MASTER_BACKOFF_CONSTANT = 1
"""


def configuration(prefix: Path, folder: Path, *, user: str, cpus: int, memory: int) -> str:
    """Return the text of a pool's configuration file.

    Args:
        prefix: Where the programs are.
        folder: The pool's own folder.
        user: Name of the pool's only user.
        cpus: Cores the pool has to give.
        memory: Memory it has to give, in MiB.

    Raises:
        PoolError: A path has a character that HTCondor's files give another meaning.
    """
    for path in (prefix, folder):
        bad = sorted(set(str(path)) & set(" \t\n\"'$\\;"))
        if bad or not path.is_absolute():
            msg = f"{str(path)!r} cannot be a pool's folder: it has to be absolute, without {bad}"
            raise PoolError(msg)
    text = "\n".join((_PLACES, _NETWORK, _TRUST, _SLOTS, _TEMPO))
    return text.format(prefix=prefix, folder=folder, user=user, cpus=cpus, memory=memory, mark=MARK)
