"""A model card as a page of rich text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from fracview.gui.style import colours
from fracview.reports.measured import measured_tables

if TYPE_CHECKING:
    from fracview.models.card import ModelCard

NORMALISATION = {
    "outside": "by fracview, as the card says",
    "inside": "by the network itself",
    "both": "by fracview and once more by the network, as it was trained",
    "none": "none",
}


def card_page(card: ModelCard | None, spec: str = "") -> str:
    """HTML of all that is known of a model; warnings first."""
    now = colours()
    if card is None:
        if not spec:
            return ""
        return f"<p style='color:{now.muted}'>Nothing is known of {escape(spec)} yet.</p>"
    parts = [f"<p><b>{escape(card.title or card.name)}</b></p>"]
    if card.description:
        parts.append(f"<p>{escape(card.description)}</p>")
    if card.warnings:
        parts.append("<p><b>Limits: what this model is not</b></p>")
    parts += [f"<p style='color:{now.warning}'>⚠ {escape(text)}</p>" for text in card.warnings]
    parts.append("<table cellspacing='0' cellpadding='2' width='100%'>")
    parts += [_row(key, value, now.muted) for key, value in _facts(card)]
    parts.append("</table>")
    return "".join(parts)


def _facts(card: ModelCard) -> list[tuple[str, Any]]:
    size, threat = card.input.size, card.threat_model
    against = "nothing"
    if threat is not None:
        against = f"{threat.norm}, epsilon {threat.epsilon * 255:.3g}/255"
    facts: list[tuple[str, Any]] = [
        ("name", card.name),
        ("kind", card.kind),
        ("architecture", f"{card.architecture} ({card.source})"),
        ("trained against", against),
        ("classes", ", ".join(card.classes)),
        ("input", f"{size[0]} × {size[1]}, {card.input.channels} channel(s)"),
        ("normalised", NORMALISATION[card.input.normalisation]),
    ]
    tables, rest = measured_tables(card.measured)
    for table in tables:
        facts.append((table.title, table.note or " "))
        facts += [(f"· {key}", value) for key, value in table.lines()]
    facts += [(f"measured: {key}", value) for key, value in _flat(rest)]
    facts += [(f"training: {key}", value) for key, value in _flat(card.training)]
    facts += [
        ("licence", card.licence),
        ("paper", card.paper),
        ("weights", card.weights.file),
        ("sha256", card.weights.sha256),
        ("seed", card.weights.seed),
    ]
    return [(key, value) for key, value in facts if value not in (None, "", (), {})]


def _flat(table: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}".replace("_", " ")
        if isinstance(value, dict):
            rows += _flat(value, f"{name}, ")
        else:
            rows.append((name, _shown(value)))
    return rows


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_shown(item) for item in value)
    return str(value)


def _row(key: str, value: Any, muted: str) -> str:
    text = escape(str(value))
    if key == "paper" and str(value).startswith("http"):
        text = f"<a href='{escape(str(value))}'>{text}</a>"
    elif key == "sha256":
        text = f"<span title='{text}'>{text[:16]}…</span>"
    return f"<tr><td style='color:{muted}' width='38%'>{escape(key)}</td><td>{text}</td></tr>"
