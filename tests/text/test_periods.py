"""Weeks, months and years in a line or a sentence are compared with the day of an issue."""

from datetime import date

import pytest

from newsletter.text.periods import month_in, wrong_periods, wrong_periods_in_prose


@pytest.mark.parametrize(
    ("line", "day", "words"),
    [
        ("Week 31, 2021", "2021-08-15", "Week 31, 2021"),
        ("Week 32, 2020", "2021-08-15", "Week 32, 2020"),
        ("2021 week 31", "2021-08-15", "2021 week 31"),
        ("2021-W31", "2021-08-15", "2021-W31"),
        ("News of week 31", "2021-08-15", "week 31"),
        ("2021年第31週", "2021-08-15", "2021年第31週"),
        ("2021 年第 31 周", "2021-08-15", "2021 年第 31 周"),
        ("第31周的新闻", "2021-08-15", "第31周"),
        ("The best of May 2023", "2024-05-12", "May 2023"),
        ("The best of May 2023", "2024-08-12", "May 2023"),
        ("The best of May", "2024-08-12", "best of May"),
        ("The March issue", "2024-08-12", "March issue"),
        ("2023年5月", "2024-05-12", "2023年5月"),
        ("2023 年 5 月精选", "2024-05-12", "2023 年 5 月"),
        ("5月号", "2024-08-12", "5月号"),
        ("12 May 2023", "2024-05-12", "May 2023"),
        ("May 12, 2023", "2024-05-12", "May 12, 2023"),
        ("May 2025", "2024-05-12", "May 2025"),
        ("The best of 2021", "2024-05-12", "best of 2021"),
    ],
)
def test_a_period_of_another_time_is_wrong(line: str, day: str, words: str) -> None:
    """In English, Japanese and Chinese."""
    assert [period.words for period in wrong_periods(line, date.fromisoformat(day))][:1] == [words]


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Week 32, 2021", "2021-08-15"),
        ("2021年第32週", "2021-08-15"),
        ("Week 53, 2020", "2021-01-02"),
        ("The best of May 2023", "2023-05-28"),
        ("The best of May 2023", "2023-06-04"),
        ("June 2023", "2023-05-28"),
        ("December 2023", "2024-01-07"),
        ("The best of 2023", "2024-01-07"),
        ("The best of 2023", "2023-12-20"),
        ("5月号", "2024-05-12"),
        ("From May 2023 to May 2024", "2024-05-12"),
        ("What has changed since May 2023", "2024-05-12"),
        ("A paper of May 2023, revisited", "2024-05-12"),
        ("One year after March 2023", "2024-05-12"),
        ("CVPR comes to Seattle in June 2024", "2024-03-12"),
        ("A conference in October 2024", "2024-05-12"),
        ("自2023年5月以来", "2024-05-12"),
        ("2023年5月から", "2024-05-12"),
        ("MLOps in practice, and 2023 buildings seen from orbit", "2024-05-12"),
        ("MLOps Basics [Week 0]: project setup", "2024-05-12"),
        ("YOLOX: Exceeding YOLO Series in 2021", "2024-05-12"),
        ("The model may review its answers", "2024-08-12"),
        ("Robots march in", "2024-08-12"),
        ("Weekend reading", "2024-08-12"),
        ("The best of January 0001", "0001-01-01"),
        ("December 9999", "9999-12-31"),
        ("A week 100 years long", "2024-08-12"),
        ("3月と4月の間", "2024-08-12"),
    ],
)
def test_a_period_may_be_of_about_the_time_or_of_another_subject(line: str, day: str) -> None:
    """A month that has just ended or is to come, a time that a text looks back on, and numbers are right."""
    assert wrong_periods(line, date.fromisoformat(day)) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("This week (week 31) brought lenses.", True),
        ("Week 31, 2021: lenses are ground.", True),
        ("Lenses of week 31, 2021 are ground.", True),
        ("This month, May 2021, brought lenses.", True),
        ("今週（第31週）はレンズ。", True),
        ("本周（第31周）的镜头。", True),
        ("This week (week 32) brought lenses.", False),
        ("Lenses were announced in May 2020.", False),
        ("In May 2020, lenses were flat.", False),
        ("The first lens is from week 31, 2021.", False),
        ("Since week 31, 2021, lenses are ground.", False),
        ("Week 3 of the course is about lenses.", False),
        ("The course has a week 3.", False),
        ("A dataset from May 2020 has 2021 lenses.", False),
        ("2020年5月的论文很好。", False),
    ],
)
def test_a_sentence_may_name_other_times(text: str, wrong: bool) -> None:
    """Only a week with its year, or a period that the sentence claims for its issue, is compared."""
    assert bool(list(wrong_periods_in_prose(text, date(2021, 8, 15)))) is wrong


@pytest.mark.parametrize(
    ("title", "month"),
    [
        ("The Lens — February 2021", (2021, 2)),
        ("镜头，2021 年 2 月", (2021, 2)),
        ("The Lens — Week 9, February 2021", None),
        ("The Lens — Issue 9", None),
    ],
)
def test_the_month_of_a_title(title: str, month: tuple[int, int] | None) -> None:
    """A title with a week is not about a month."""
    assert month_in(title) == month
