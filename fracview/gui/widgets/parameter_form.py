"""A dataclass as a form: what a method can be told, without a line of window code per method."""

from __future__ import annotations

import types
import typing
from dataclasses import MISSING, Field, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from fracview.errors import SettingError
from fracview.gui.style import GAP
from fracview.gui.widgets.radius_box import RadiusBox
from fracview.request import Method

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from fracview.request import Scalar

_BIG = 2**31 - 1


@dataclass(frozen=True)
class Parameter:
    """One field of a method as a form needs it.

    Parameters
    ----------
    name, label, help, unit
        For the program, and for people.
    kind
        ``bool``, ``int``, ``float`` or ``str``.
    default
        Of the dataclass.
    choices
        All allowed values, or empty.
    low, high
        Range, or None.
    optional
        Whether None is allowed.
    """

    name: str
    label: str
    kind: type
    default: Any
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    help: str = ""
    optional: bool = False


def parameters_of(kind: type, skip: Collection[str] = ()) -> tuple[Parameter, ...]:
    """Read the fields of a dataclass that a form can show: numbers, switches, choices, words."""
    hints = typing.get_type_hints(kind)
    found = [_parameter(item, hints[item.name]) for item in fields(kind) if item.name not in skip]
    return tuple(item for item in found if item is not None)


def _parameter(item: Field[Any], hint: Any) -> Parameter | None:
    metadata = item.metadata
    if not metadata.get("form", True) or item.default is MISSING:
        return None
    optional = False
    if get_origin(hint) in (typing.Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not type(None)]
        optional = len(parts) < len(get_args(hint))
        hint = parts[0]
    choices = tuple(metadata.get("choices", ()))
    if get_origin(hint) is Literal:
        choices = choices or get_args(hint)
        hint = type(choices[0])
    if hint not in (bool, int, float, str):
        return None
    label = metadata.get("label", item.name.replace("_", " "))
    return Parameter(
        name=item.name,
        label=label[:1].upper() + label[1:],
        kind=hint,
        default=item.default,
        choices=choices,
        low=metadata.get("low"),
        high=metadata.get("high"),
        unit=metadata.get("unit", ""),
        help=metadata.get("help", ""),
        optional=optional,
    )


class ShortSpinBox(QDoubleSpinBox):
    """Shows 0.7 and not 0.7000."""

    def textFromValue(self, value: float) -> str:
        """The number without needless zeros."""
        return self.locale().toString(round(value, self.decimals()), "g", 6)


class ParameterForm(QWidget):
    """Widgets for the parameters of one dataclass.

    Signals
    -------
    changed(dict)
        :meth:`values` after a person changed one.

    Parameters
    ----------
    kind
        A dataclass whose fields have defaults; ``metadata`` may hold label, unit, low, high, help
        and choices.
    values
        What differs from the defaults.
    skip
        Fields to leave out.
    """

    changed = Signal(object)

    def __init__(
        self,
        kind: type,
        values: Mapping[str, Scalar] | None = None,
        skip: Collection[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.parameters = parameters_of(kind, skip)
        self._editors: dict[str, QWidget] = {}
        self._quiet = False
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(GAP)
        layout.setVerticalSpacing(GAP // 2)
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for parameter in self.parameters:
            editor = self._editor(parameter)
            editor.setObjectName(parameter.name)
            editor.setAccessibleName(parameter.label)
            editor.setToolTip(parameter.help)
            self._editors[parameter.name] = editor
            if isinstance(editor, QCheckBox):
                editor.setText(parameter.label)
                layout.addRow(editor)
            else:
                label = QLabel(parameter.label)
                label.setToolTip(parameter.help)
                label.setBuddy(editor)
                layout.addRow(label, editor)
        self.set_values(values or {})

    def values(self) -> dict[str, Scalar]:
        """All values as they stand."""
        return {p.name: self._read(p) for p in self.parameters}

    def differing(self) -> dict[str, Scalar]:
        """Values that are not the default."""
        return {p.name: v for p in self.parameters if (v := self._read(p)) != p.default}

    def method(self, name: str) -> Method:
        """A method with the values that differ from the defaults."""
        return Method.of(name, **self.differing())

    def set_values(self, values: Mapping[str, Scalar]) -> None:
        """Show these values, and defaults where there is none; ``changed`` is not sent."""
        self._quiet = True
        try:
            for parameter in self.parameters:
                self._write(parameter, values.get(parameter.name, parameter.default))
        finally:
            self._quiet = False

    def editor(self, name: str) -> QWidget:
        """The widget of a field."""
        return self._editors[name]

    def _tell(self, *_: object) -> None:
        if self._quiet:
            return
        try:
            values = self.values()
        except SettingError:
            return
        self.changed.emit(values)

    def _editor(self, p: Parameter) -> QWidget:
        if p.choices:
            combo = QComboBox()
            for choice in p.choices:
                combo.addItem(str(choice), choice)
            combo.currentIndexChanged.connect(self._tell)
            return combo
        if p.kind is bool:
            switch = QCheckBox()
            switch.toggled.connect(self._tell)
            return switch
        if p.kind is int:
            number = QSpinBox()
            number.setRange(round(p.low or 0), round(min(_BIG, _BIG if p.high is None else p.high)))
            number.setSuffix(f" {p.unit}" if p.unit else "")
            number.setKeyboardTracking(False)
            number.valueChanged.connect(self._tell)
            return number
        if p.kind is float and p.unit.startswith("grey levels"):
            radius = RadiusBox()
            radius.changed.connect(self._tell)
            return radius
        if p.kind is float:
            real = ShortSpinBox()
            real.setDecimals(4)
            real.setRange(-_BIG if p.low is None else p.low, _BIG if p.high is None else p.high)
            real.setSingleStep(0.05 if (p.high or 0) <= 1 else 1.0)
            real.setSuffix(f" {p.unit}" if p.unit else "")
            real.setKeyboardTracking(False)
            real.valueChanged.connect(self._tell)
            return real
        line = QLineEdit()
        line.editingFinished.connect(self._tell)
        return line

    def _read(self, p: Parameter) -> Scalar:
        editor = self._editors[p.name]
        if isinstance(editor, QComboBox):
            chosen: Scalar = editor.currentData()
            return chosen
        if isinstance(editor, QCheckBox):
            return editor.isChecked()
        if isinstance(editor, QSpinBox):
            return None if p.optional and editor.value() == editor.minimum() else editor.value()
        if isinstance(editor, RadiusBox):
            return editor.value()
        if isinstance(editor, QDoubleSpinBox):
            if p.optional and editor.value() == editor.minimum():
                return None
            return _same_or(p.default, editor.value(), 10 ** -editor.decimals())
        assert isinstance(editor, QLineEdit)
        return None if p.optional and not editor.text() else editor.text()

    def _write(self, p: Parameter, value: Any) -> None:
        editor = self._editors[p.name]
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(max(0, editor.findData(value)))
        elif isinstance(editor, QCheckBox):
            editor.setChecked(bool(value))
        elif isinstance(editor, QSpinBox):
            editor.setSpecialValueText("automatic" if p.optional else "")
            editor.setValue(editor.minimum() if value is None else int(value))
        elif isinstance(editor, QDoubleSpinBox):
            editor.setSpecialValueText("automatic" if p.optional else "")
            editor.setValue(editor.minimum() if value is None else float(value))
        elif isinstance(editor, RadiusBox):
            editor.set_value(float(value))
        else:
            assert isinstance(editor, QLineEdit)
            editor.setText("" if value is None else str(value))


def _same_or(default: Any, value: float, step: float) -> float:
    """A spin box rounds; a default that it only rounded is given back as it was."""
    if isinstance(default, float) and abs(default - value) < step:
        return default
    return value
