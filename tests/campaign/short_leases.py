"""`python -m tests.campaign.short_leases SECONDS COMMAND...`: run newsletter with leases of another duration."""

import sys

from newsletter.campaign.shared_campaign import SharedCampaign
from newsletter.cli.main import main

if __name__ == "__main__":
    SharedCampaign.duration = float(sys.argv.pop(1))
    main(prog_name="newsletter")
