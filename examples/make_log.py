"""Write the made-up night behind `incident.md`: python make_log.py > app.log.

Six sources in one file, as a log collector hands them over: sshd through syslog, nginx,
a Java service with stack traces, JSON lines, Kubernetes events and SIP. Nobody in it
exists; numbers come from the ranges kept for films and for tests. The seed is fixed,
so that everybody has the same lines.
"""

import base64
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
RENEWED = datetime(2026, 11, 20, 1, 47, tzinfo=UTC)
EXAMPLE = datetime(2026, 11, 20, 1, 51, 18, 204_000, tzinfo=UTC)
EVENTS = 3600

chance = random.Random(20261120)  # noqa: S311 (a made-up log, not a secret)

PEOPLE = [
    ("Katrin Hollmann", "k.hollmann", "+49 30 23125 417", "4471"),
    ("Tomasz Wieczorek", "t.wieczorek", "+44 113 496 0142", "4472"),
    ("Priya Raghunathan", "p.raghunathan", "+44 20 7946 0312", "4480"),
    ("Luc Desmarais", "l.desmarais", "+33 1 99 00 45 12", "4493"),
    ("Marisol Echeverria", "m.echeverria", "+1 202-555-0143", "4502"),
    ("Oyvind Tangstad", "o.tangstad", "+46 8 465 004 73", "4518"),
]
CALLERS = ["+442079460958", "+493023125880", "+12025550171", "+33199004588"]
PEERS = ["203.0.113.77", "198.51.100.23", "203.0.113.140", "192.0.2.61"]
PROXIES = {"sipproxy-a": "10.42.7.21", "sipproxy-b": "10.42.7.22"}
DOMAIN = "hallbrook-freight.com"
PATHS = ["/api/v2/queues", "/api/v2/agents/{0}", "/api/v2/calls?agent={0}", "/healthz"]
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "callgate-desktop/8.5.103",
    "kube-probe/1.31",
]
ANSWERS = [200, 200, 200, 204, 304, 401, 504]
FRAMES = [
    "com.callgate.routing.store.PooledSource.borrow(PooledSource.java:118)",
    "com.callgate.routing.store.AgentTable.find(AgentTable.java:64)",
    "com.callgate.routing.Router.route(Router.java:203)",
    "com.callgate.routing.Router$Worker.run(Router.java:288)",
    "java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(Unknown Source)",
    "java.base/java.lang.Thread.run(Thread.java:1583)",
]


def digits(count: int) -> str:
    """Draw `count` hexadecimal digits."""
    return f"{chance.getrandbits(count * 4):0{count}x}"


def segment(data: bytes) -> str:
    """Encode as JSON web tokens do: base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jwt(user: str, at: datetime) -> str:
    """Make a token nobody signed."""
    head = segment(b'{"alg":"HS256","typ":"JWT"}')
    claims = {"sub": f"{user}@{DOMAIN}", "exp": int(at.timestamp()) + 900}
    return (
        f"{head}.{segment(json.dumps(claims).encode())}.{segment(chance.randbytes(32))}"
    )


def sshd(at: datetime) -> list[str]:
    """Log-ins to the proxies, most of them by key and some by guessing."""
    host = chance.choice(list(PROXIES))
    head = f"{at:%b %d %H:%M:%S} {host} sshd[{chance.randrange(900, 32000)}]:"
    user, port = chance.choice(PEOPLE)[1], chance.randrange(32768, 61000)
    return [
        chance.choice(
            [
                (
                    f"{head} Accepted publickey for {user} from 10.42.1."
                    f"{chance.randrange(2, 250)} port {port} ssh2: ED25519 "
                    f"SHA256:{segment(chance.randbytes(32))}"
                ),
                (
                    f"{head} Failed password for invalid user admin from "
                    f"{chance.choice(PEERS)} port {port} ssh2"
                ),
                f"{head} pam_unix(sshd:session): session closed for user {user}",
                (
                    f"{head} Connection closed by authenticating user {user} "
                    f"2001:db8:42:7::{digits(3)} port {port} [preauth]"
                ),
            ]
        )
    ]


def nginx(at: datetime) -> list[str]:
    """The desktop's requests, one in thirty with a session in its query."""
    user, agent = chance.choice(PEOPLE)[1], chance.randrange(4470, 4520)
    path = chance.choice(PATHS).format(agent)
    if chance.random() < 1 / 30:
        path = f"/login/callback?session_id={digits(32)}&login={user}@{DOMAIN}"
    return [
        (
            f"10.42.3.{chance.randrange(10, 240)} - {chance.choice([user, '-'])} "
            f"[{at:%d/%b/%Y:%H:%M:%S +0000}] "
            f'"GET {path} HTTP/1.1" {chance.choice(ANSWERS)} '
            f'{chance.randrange(60, 48000)} "-" "{chance.choice(AGENTS)}" '
            f"rt={chance.randrange(1, 2400) / 1000:.3f}"
        )
    ]


def java(at: datetime) -> list[str]:
    """The routing service; every twelfth entry is a pool timeout with its stack."""
    head = f"{at:%Y-%m-%d %H:%M:%S},{at.microsecond // 1000:03d}"
    name, user, phone, agent = chance.choice(PEOPLE)
    if chance.random() < 1 / 12:
        return [
            (
                f"{head} ERROR [router-{chance.randrange(16)}] c.c.routing.Router - no "
                f"route for agent {agent}"
            ),
            (
                "java.sql.SQLTransientConnectionException: routing-pool - Connection "
                "is not available, request timed out after 30000ms "
                "(jdbc:postgresql://10.42.9.15:5432/routing?user=svc_routing)"
            ),
            *(f"\tat {frame}" for frame in FRAMES[: chance.randrange(3, 7)]),
            f"\t... {chance.randrange(4, 30)} more",
        ]
    return [
        f"{head} "
        + chance.choice(
            [
                (
                    f"INFO  [router-{chance.randrange(16)}] c.c.routing.Router - call "
                    f"{digits(10)} from {chance.choice(CALLERS)} to agent {agent} "
                    f"({name})"
                ),
                (
                    f"DEBUG [http-{chance.randrange(8)}] c.c.web.Session - user={user} "
                    f"mail={user}@{DOMAIN} callback={phone}"
                ),
                (
                    f"INFO  [pool-1] c.c.store.PooledSource - active="
                    f"{chance.randrange(30, 41)} idle=0 waiting={chance.randrange(90)}"
                ),
                (
                    f"WARN  [gc] c.c.Watch - pause {chance.randrange(90, 900)} ms, "
                    f"heap {chance.randrange(1800, 4000)}M of 4096M, "
                    f"build 8.5.103.27-{digits(7)}"
                ),
            ]
        )
    ]


def lines_of_json(at: datetime) -> list[str]:
    """The billing gateway, which writes an object a line."""
    name, user, phone, _ = chance.choice(PEOPLE)
    entry: dict[str, object] = {
        "ts": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "level": chance.choice(["info", "info", "warn"]),
        "svc": "billing-gw",
        "trace_id": digits(32),
    }
    entry |= chance.choice(
        [
            {"msg": "invoice mailed", "to": f"{user}@{DOMAIN}", "pages": 2},
            {"msg": "profile read", "customer_name": name, "phone": phone},
            {"msg": "cache", "hits": chance.randrange(9000), "ratio": 0.97},
            {"msg": "peer up", "peer": chance.choice(PEERS), "version": "2.11.4"},
        ]
    )
    return [json.dumps(entry)]


def kubernetes(at: datetime) -> list[str]:
    """Events of the namespace, as `kubectl get events` shows them."""
    pod = f"routing-{digits(9)}-{digits(5)}"
    return [
        f"{at:%Y-%m-%dT%H:%M:%SZ} contact-centre "
        + chance.choice(
            [
                (
                    f"Warning Unhealthy pod/{pod} Readiness probe failed: Get "
                    f'"http://10.244.3.{chance.randrange(2, 250)}:8080/healthz": '
                    "context deadline exceeded"
                ),
                (
                    f"Normal Scheduled pod/{pod} Successfully assigned "
                    f"contact-centre/{pod} "
                    "to node-04.leeds.hallbrook-freight.com"
                ),
                (
                    f"Normal Pulled pod/{pod} Container image "
                    f'"harbor.{DOMAIN}/routing@sha256:{digits(64)}" present'
                ),
                f"Warning BackOff pod/{pod} Back-off restarting failed container",
            ]
        )
    ]


def sip(at: datetime) -> list[str]:
    """A message of some call; from the renewal on they end after 32 seconds."""
    said = ["recv INVITE", "send 200 OK", "recv ACK", "recv BYE"]
    if at >= RENEWED:
        said = ["recv INVITE", "retransmit 200 OK (7/7)", "send BYE cause=408"]
    call = f"{digits(10)}@{chance.choice(list(PROXIES.values()))}"
    callee = str(chance.randrange(4470, 4520))
    return message(at, chance.choice(said), chance.choice(CALLERS), callee, call)


def message(at: datetime, said: str, caller: str, callee: str, call: str) -> list[str]:
    """What the proxy writes of one SIP message."""
    host = next(name for name, where in PROXIES.items() if call.endswith(where))
    millis = at.microsecond // 1000
    return [
        f"{at:%Y-%m-%dT%H:%M:%S}.{millis:03d}Z {host} sip: {said}",
        f"  From: <sip:{caller}@{chance.choice(PEERS)};user=phone>;tag={digits(8)}",
        f"  To: <sip:{callee}@{DOMAIN}>",
        f"  Call-ID: {call}",
    ]


def example_call() -> list[tuple[datetime, list[str]]]:
    """The call that the case names."""
    said = {0: "recv INVITE", 1: "send 200 OK", 31: "retransmit 200 OK (7/7)"}
    return [
        (at, message(at, text, CALLERS[0], "4471", "7f3a90c1d2@10.42.7.21"))
        for after, text in (said | {32: "send BYE cause=408"}).items()
        for at in [EXAMPLE + timedelta(seconds=after)]
    ]


def secrets(at: datetime) -> list[list[str]]:
    """What should never have been logged, one entry for each kind of it."""
    stamp = f"{at:%Y-%m-%d %H:%M:%S},000"
    key = base64.b64encode(chance.randbytes(600)).decode()
    return [
        [
            (
                f"{stamp} DEBUG [main] c.c.Config - db.user=svc_routing "
                "db.password=Tr0ub4dor&Kelp-73"
            )
        ],
        [f'{stamp} DEBUG [main] c.c.Config - ldap.bindPassword: "quiet otter 1987"'],
        [f"{stamp} DEBUG [main] c.c.Config - export SMTP_PASS='m00r-Hen!22'"],
        [
            (
                f"{stamp} DEBUG [main] c.c.Config - "
                "amqp://relay:Kittiwake%2F9@10.42.9.31:5671/calls"
            )
        ],
        [
            (
                f"{stamp} TRACE [http-3] c.c.web.Client - > Authorization: Bearer "
                f"{segment(chance.randbytes(40))}"
            )
        ],
        [
            (
                f"{stamp} TRACE [http-5] c.c.web.Client - > Cookie: "
                f"access={jwt('k.hollmann', at)}; theme=dark"
            )
        ],
        [
            f"{stamp} TRACE [http-5] c.c.web.Client - > Authorization: Basic "
            + base64.b64encode(b"svc_export:heron-Pond-4").decode()
        ],
        [
            json.dumps(
                {
                    "ts": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                    "svc": "billing-gw",
                    "msg": "payment form",
                    "card": "4111 1111 1111 1111",
                    "iban": "DE89 3704 0044 0532 0130 00",
                    "api_key": segment(chance.randbytes(24)),
                    "date_of_birth": "1984-03-17",
                }
            )
        ],
        [
            f"{stamp} INFO  [boot] c.c.tls.Keys - loaded sipproxy-a.pem",
            "-----BEGIN RSA PRIVATE KEY-----",
            *(key[at : at + 64] for at in range(0, len(key), 64)),
            "-----END RSA PRIVATE KEY-----",
        ],
        [
            (
                f"{at:%b %d %H:%M:%S} sipproxy-b dhclient[611]: DHCPACK of 10.42.7.22 "
                "from 10.42.0.1 to 3c:ec:ef:4a:91:0d (sipproxy-b) via eno1"
            )
        ],
        [
            (
                f"{at:%b %d %H:%M:%S} sipproxy-a sudo: k.hollmann : TTY=pts/1 ; "
                "PWD=/home/k.hollmann ; USER=root ; COMMAND=/usr/bin/mysql -u root "
                "-pSandpiper#5 routing"
            )
        ],
    ]


def main() -> None:
    """Print the night, oldest line first."""
    sources: list[Callable[[datetime], list[str]]]
    sources = [sshd, nginx, nginx, java, java, java, lines_of_json, kubernetes, sip]
    night = example_call()
    for offset in chance.sample(range(7_200_000), EVENTS):
        at = START + timedelta(milliseconds=offset)
        night.append((at, chance.choice(sources)(at)))
    for kind, offset in enumerate(chance.sample(range(7200), len(secrets(START)))):
        at = START + timedelta(seconds=offset)
        night.append((at, secrets(at)[kind]))
    for _, lines in sorted(night):
        print("\n".join(lines))


if __name__ == "__main__":
    main()
