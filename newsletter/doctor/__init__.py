"""The checks of `newsletter doctor`: whether the settings can send, and which DNS records they need.

Start with `examination`: it runs the checks of its registry in order and collects their results. `checks/` has one
file per check; each takes an `ExaminedPublication` (`examined_publication`) and yields `Diagnosis` objects
(`diagnosis`). `dns_records` computes the SPF, DKIM and DMARC records that a publication needs and compares them with
the published records, which `dns_lookup` reads from DNS. `dmarc` finds the record that applies, and the organisation of
a domain.
"""
