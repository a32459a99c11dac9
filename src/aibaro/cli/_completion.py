"""What a shell needs to complete commands and options."""

from __future__ import annotations

from collections.abc import Callable

from aibaro.cli import commands, parser_of
from aibaro.errors import InputError


def script(shell: str) -> str:
    """Write the completion for a shell."""
    if shell not in _SHELLS:
        raise InputError(
            "unknown shell", where="aibaro completion", parameter="SHELL", expected=", ".join(_SHELLS), got=shell
        )
    return _SHELLS[shell](_words())


def _words() -> dict[str, list[str]]:
    """Long options of each command."""
    return {
        name: sorted({o for a in parser_of(name)._actions for o in a.option_strings if o.startswith("--")})
        for name in commands()
    }


def _bash(words: dict[str, list[str]]) -> str:
    cases = "\n".join(f'    {name}) words="{" ".join(options)}" ;;' for name, options in words.items())
    return f"""_aibaro() {{
  local words="{" ".join(words)}" current="${{COMP_WORDS[COMP_CWORD]}}"
  [ "$COMP_CWORD" -gt 1 ] && case "${{COMP_WORDS[1]}}" in
{cases}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}}
complete -o default -F _aibaro aibaro"""


def _zsh(words: dict[str, list[str]]) -> str:
    return "autoload -U +X bashcompinit && bashcompinit\n" + _bash(words)


def _fish(words: dict[str, list[str]]) -> str:
    lines = [f"complete -c aibaro -n __fish_use_subcommand -a '{' '.join(words)}'"]
    for name, options in words.items():
        lines += [f"complete -c aibaro -n '__fish_seen_subcommand_from {name}' -l {option[2:]}" for option in options]
    return "\n".join(lines)


_SHELLS: dict[str, Callable[[dict[str, list[str]]], str]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
