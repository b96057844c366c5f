"""Puts our format handlers in the place of ACA-Py's, in the one table where it looks them up.

The `Format` enumerations name their handler by class path and load it late; changing the path is the whole intervention. Both
handlers pass on to the stock handler whatever is not VC 2.0 with a Data Integrity proof.
"""

from acapy_agent.protocols.issue_credential.v2_0.messages.cred_format import V20CredFormat
from acapy_agent.protocols.present_proof.v2_0.messages.pres_format import V20PresFormat

from agents.plugin import declining


def install() -> None:
    """Take over `ld_proof` of issue-credential 2.0 and `dif` of present-proof 2.0, and hear every no."""
    V20CredFormat.Format.LD_PROOF.value.handler._cls_path = "agents.plugin.issue_format.CredentialFormat"
    V20PresFormat.Format.DIF.value.handler._cls_path = "agents.plugin.present_format.PresentationFormat"
    declining.install()
