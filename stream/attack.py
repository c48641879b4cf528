"""MITRE ATT&CK techniques that our classes support. A small table, checked by hand."""

from dataclasses import dataclass

from .facts import REMOTE_PORTS, Facts

VERSION = "19.2"
FRAMEWORK = "MITRE ATT&CK"
_SITE = "https://attack.mitre.org"


@dataclass(frozen=True, slots=True)
class Tactic:
    """Why an adversary does something."""

    id: str
    name: str

    @property
    def reference(self) -> str:
        """Address of its page."""
        return f"{_SITE}/tactics/{self.id}/"


@dataclass(frozen=True, slots=True)
class Technique:
    """How: a technique, with a sub-technique where the evidence is that precise."""

    id: str
    name: str
    tactic: Tactic
    sub_id: str = ""
    sub_name: str = ""

    @property
    def reference(self) -> str:
        """Address of the technique's page."""
        return f"{_SITE}/techniques/{self.id}/"

    @property
    def sub_reference(self) -> str:
        """Address of the sub-technique's page."""
        return f"{_SITE}/techniques/{self.sub_id.replace('.', '/')}/"


RECONNAISSANCE = Tactic("TA0043", "Reconnaissance")
CREDENTIAL_ACCESS = Tactic("TA0006", "Credential Access")
DISCOVERY = Tactic("TA0007", "Discovery")
LATERAL_MOVEMENT = Tactic("TA0008", "Lateral Movement")
EXFILTRATION = Tactic("TA0010", "Exfiltration")
COMMAND_AND_CONTROL = Tactic("TA0011", "Command and Control")
IMPACT = Tactic("TA0040", "Impact")

SCANNING = Technique("T1595", "Active Scanning", RECONNAISSANCE, "T1595.001", "Scanning IP Blocks")
SERVICE_DISCOVERY = Technique("T1046", "Network Service Discovery", DISCOVERY)
SYSTEM_DISCOVERY = Technique("T1018", "Remote System Discovery", DISCOVERY)
REMOTE_SERVICES = Technique("T1021", "Remote Services", LATERAL_MOVEMENT)
BRUTE_FORCE = Technique("T1110", "Brute Force", CREDENTIAL_ACCESS)
DENIAL_OF_SERVICE = Technique("T1498", "Network Denial of Service", IMPACT)
ALTERNATIVE_PROTOCOL = Technique("T1048", "Exfiltration Over Alternative Protocol", EXFILTRATION)
APPLICATION_LAYER = Technique("T1071", "Application Layer Protocol", COMMAND_AND_CONTROL)

_ANYWHERE = {
    "brute_force": (BRUTE_FORCE,),
    "flood": (DENIAL_OF_SERVICE,),
    "exfiltration": (ALTERNATIVE_PROTOCOL,),
    "beaconing": (APPLICATION_LAYER,),
}


def techniques(facts: Facts, class_name: str) -> tuple[Technique, ...]:
    """Return the techniques a class supports here, none for what has no technique of its own.

    A scan from outside is reconnaissance, one from inside is discovery; one from inside that is
    mostly answered where hosts are administered is lateral movement too.
    """
    if class_name not in ("port_scan", "host_sweep"):
        return _ANYWHERE.get(class_name, ())
    event = facts.candidate.event
    is_from_inside = facts.is_inside if facts.side == "source" else event.source_local
    if not is_from_inside:
        return (SCANNING,)
    if class_name == "port_scan":
        return (SERVICE_DISCOVERY,)
    if facts.port in REMOTE_PORTS and facts.failed_share < 0.5 and event.destination_local:
        return (SYSTEM_DISCOVERY, REMOTE_SERVICES)
    return (SYSTEM_DISCOVERY,)
