"""The conference and year of a title are compared with those of its URL."""

import pytest

from newsletter.text.venues import venue_conflict

CVPR = "https://openaccess.thecvf.com/content/CVPR2021/html/Wang_Lenses_CVPR_2021_paper.html"


@pytest.mark.parametrize(
    ("url", "title", "conflict"),
    [
        (CVPR, "Lenses (CVPR 2020)", ("CVPR 2020", "CVPR 2021")),
        (CVPR, "[CVPR2020] Lenses", ("CVPR 2020", "CVPR 2021")),
        (CVPR, "Lenses, CVPR '20", ("CVPR 2020", "CVPR 2021")),
        (CVPR, "Lenses CVPR20", ("CVPR 2020", "CVPR 2021")),
        (CVPR, "CVPR 2020 Lenses", ("CVPR 2020", "CVPR 2021")),
        (CVPR, "Lenses (ICCV 2021)", ("ICCV 2021", "CVPR 2021")),
        (CVPR, "Lenses | ICCV 2021", ("ICCV 2021", "CVPR 2021")),
        ("https://lens.net/cvpr-2021/x", "Lenses - CVPR 2019", ("CVPR 2019", "CVPR 2021")),
        ("https://icml.cc/virtual/ICML/2022/1", "Lenses (ICML 2021)", ("ICML 2021", "ICML 2022")),
        ("https://aclanthology.org/2021.acl-long.1/", "Lenses (ACL 2020)", ("ACL 2020", "ACL 2021")),
        (
            "https://proceedings.neurips.cc/paper/2020/hash/x.html",
            "Lenses, NIPS 2019",
            ("NeurIPS 2019", "NeurIPS 2020"),
        ),
        ("https://www.ecva.net/papers/eccv_2020/papers_ECCV/x.pdf", "Lenses (ECCV 2018)", ("ECCV 2018", "ECCV 2020")),
    ],
)
def test_another_conference_or_year_is_a_conflict(url: str, title: str, conflict: tuple[str, str]) -> None:
    """In any form: `CVPR2021`, `CVPR 2021`, `CVPR '21`."""
    assert venue_conflict(url, title) == conflict


@pytest.mark.parametrize(
    ("url", "title"),
    [
        (CVPR, "Lenses"),
        (CVPR, "Lenses (CVPR 2021)"),
        (CVPR, "Lenses (CVPR'21)"),
        (CVPR, "2021 CVPR: lenses"),
        (CVPR, "From CVPR 2020 to CVPR 2021"),
        (CVPR, "Lessons from the CVPR 2020 lens challenge"),
        (CVPR, "An analysis of CVPR 2020 papers"),
        (CVPR, "Better than ICCV 2019 lenses"),
        (CVPR, "YOLOX: Exceeding YOLO Series in 2021"),
        (CVPR, "Lenses 2020"),
        (CVPR, "COCO 2017 lenses"),
        ("https://arxiv.org/abs/2103.00001", "Lenses (CVPR 2021)"),
        ("https://proceedings.neurips.cc/paper/2020/hash/x.html", "Lenses (NIPS 2020)"),
        ("https://lens.net/2021/06/cvpr-2020-recap", "CVPR 2020: a recap"),
        ("https://lens.net/2021/oracle-2020", "Oracle 2021"),
        ("https://lens.net/chi-20-ways", "CHI 2021 lenses"),
        ("https://lens.net/fast-20-lenses", "A fast 2021 lens"),
        ("https://lens.net/micro-12-lenses", "Micro 2021: lenses"),
        ("https://lens.net/rss/2021/lenses", "Lenses, RSS 2020"),
        ("https://lens.net/log/2021/lenses", "A log 2020"),
    ],
)
def test_a_title_that_agrees_or_is_about_a_conference_is_right(url: str, title: str) -> None:
    """Preprints have no conference in their URL, and words such as `fast` are no conferences."""
    assert venue_conflict(url, title) is None
