"""The pages, one blueprint for each thing that a person looks at."""

from connector.sandbox.board.pages import boards, cards, notices, people, tasks

BLUEPRINTS = (people.blueprint, boards.blueprint, cards.blueprint, tasks.blueprint, notices.blueprint)

__all__ = ["BLUEPRINTS"]
