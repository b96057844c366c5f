"""The marks between words: Chinese has its own, full width and without a space (GB/T 15834, 4.5 and 4.7)."""

from collections.abc import Iterable


def listed(items: Iterable[str], language: str) -> str:
    """Several labels one after another: `name, sex`, 姓名、性別."""
    return ("、" if language.startswith("zh") else ", ").join(items)


def joined(parts: Iterable[str], language: str) -> str:
    """Parts that may hold commas themselves: `dose: 5 mg; route: oral`, 劑量：5 mg；途徑：口服."""
    return ("；" if language.startswith("zh") else "; ").join(parts)


def titled(title: str, text: str, language: str) -> str:
    """A label and what stands under it: `Patient: name`, 病人：姓名."""
    return f"{title}{'：' if language.startswith('zh') else ': '}{text}"
