"""The report's sections: each a function from the day's figures to blocks, in the order they are read."""

from jobs.runtime.report.blocks import Section
from jobs.runtime.report.figures import Figures
from jobs.runtime.report.sections.data import data
from jobs.runtime.report.sections.headline import headline
from jobs.runtime.report.sections.lists import lists
from jobs.runtime.report.sections.money import money
from jobs.runtime.report.sections.opinion import opinion
from jobs.runtime.report.sections.portrait import portrait
from jobs.runtime.report.sections.scores import scores
from jobs.runtime.report.sections.service import service
from jobs.runtime.report.sections.users import users

ORDER = (headline, users, money, service, opinion, portrait, scores, lists, data)


def all_sections(figures: Figures) -> list[Section]:
    """Business first; where the numbers come from, and whether to trust them, stands at the end and in the headline."""
    return [section(figures) for section in ORDER]
