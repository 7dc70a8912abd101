"""What the help of each command says below its options, and the manual page after them."""

from __future__ import annotations

from daemonctl.cli.manual_page import ASKING, AWS, CHANGING, NO_COLOUR, Page


def _asking(*examples: str) -> Page:
    return Page(examples, ASKING, (NO_COLOUR,))


def _changing(*examples: str) -> Page:
    return Page(examples, CHANGING)


_PAGES: dict[tuple[str, ...], Page] = {
    ("run",): Page(
        (
            "daemonctl run -c daemonctl.yaml",
            "daemonctl run -c s3://bucket/daemonctl.yaml --dry-run",
        ),
        {
            0: "ended by SIGTERM or SIGINT",
            1: "it cannot start, or failed: the log says why",
            2: "the config is bad: every fault is named",
        },
        (AWS,),
    ),
    ("validate",): Page(
        ("daemonctl validate", "daemonctl validate -c s3://bucket/daemonctl.yaml -o json"),
        {0: "good", 1: "it cannot be read", 2: "bad: every fault is named by path and line"},
    ),
    ("plan",): Page(
        (
            "daemonctl plan",
            "daemonctl plan --server                   # the running controller's",
            "daemonctl plan --cluster web -o json",
        ),
        {
            0: "nothing to do",
            1: "no plan can be made: stderr says why",
            2: "the config is bad, or wrong use",
            3: "there is something to do",
        },
        (AWS, ("DAEMONCTL_SERVER", "the API of --server without a URL"), NO_COLOUR),
    ),
    ("import",): Page(
        (
            "daemonctl import consul-agent --cluster web >> daemons.yaml",
            "daemonctl import consul-agent --cluster web -o json",
        ),
        {
            0: "written to stdout",
            1: "it cannot be read, or no daemon can stand for it",
            2: "the config is bad, or wrong use",
        },
        (AWS,),
    ),
    ("gate", "open"): Page(
        ("daemonctl gate open", "daemonctl gate open --cluster web"),
        {0: "open on all instances", 1: "refused on some: they are named", 2: "the config is bad"},
        (AWS,),
    ),
    ("gate", "remove"): Page(
        ("daemonctl gate remove", "daemonctl gate remove --attribute daemonctl.ready"),
        {
            0: "gone from all instances",
            1: "refused on some: they are named",
            2: "the config is bad",
        },
        (AWS,),
    ),
    ("status",): _asking(
        "daemonctl status",
        "daemonctl status registrator              # what fails, and why",
        "daemonctl status --watch                  # as it changes",
        "daemonctl status --watch | tee night.log  # a row a change",
        "daemonctl status -o json | jq '.clusters[].daemons[] | {name, ready}'",
    ),
    ("instances",): _asking(
        "daemonctl instances",
        "daemonctl instances --verdict BACKOFF",
        "daemonctl instances --zone ap-northeast-1a --no-headers | awk '{print $1}'",
        "daemonctl instances --watch -o json       # a document a change",
    ),
    ("explain",): _asking("daemonctl explain i-0a1b", "daemonctl explain i-0a1b -o json"),
    ("events",): _asking(
        "daemonctl events --since 10m",
        "daemonctl events -f --daemon registrator",
        "daemonctl events --kind COMMAND           # who asked for what",
        "daemonctl events -f -o json | jq --unbuffered .code",
    ),
    ("rollout", "status"): Page(
        (
            "daemonctl rollout status registrator --timeout 15m",
            "daemonctl rollout status registrator --watch=false",
        ),
        {
            0: "rolled out; with --watch=false also: under way",
            1: "failed, rolled back, not over in time, or not reached",
            2: "wrong use",
        },
        (NO_COLOUR,),
    ),
    ("rollout", "history"): _asking("daemonctl rollout history registrator"),
    ("rollout", "pause"): _changing('daemonctl rollout pause registrator --reason "ticket 42"'),
    ("rollout", "resume"): _changing("daemonctl rollout resume registrator"),
    ("rollout", "undo"): _changing(
        "daemonctl rollout undo registrator",
        "daemonctl rollout undo registrator --to-revision 3",
    ),
    ("rollout", "restart"): _changing("daemonctl rollout restart registrator --cluster web"),
    ("freeze",): _changing("daemonctl freeze", "daemonctl freeze --cluster web"),
    ("unfreeze",): _changing("daemonctl unfreeze"),
    ("resync",): _changing("daemonctl resync --cluster web"),
    ("prune",): _changing(
        "daemonctl prune                           # what is left of all",
        "daemonctl prune log-collector",
        "daemonctl prune registrator --misplaced",
    ),
    ("completion",): Page(
        (
            'eval "$(daemonctl completion bash)"     # in ~/.bashrc',
            'eval "$(daemonctl completion zsh)"      # in ~/.zshrc, after compinit',
            "daemonctl completion fish > ~/.config/fish/completions/daemonctl.fish",
        ),
        {0: "printed", 2: "wrong use"},
        (("DAEMONCTL_SERVER", "asked for names as you type, 0.3 s at most"),),
    ),
    ("schema",): Page(
        (
            "daemonctl schema                          # which there are",
            "daemonctl schema rollout status > rollout.schema.json",
        ),
        {0: "printed", 2: "there is no such schema, and no such command with -o json"},
    ),
    ("version",): Page(
        ("daemonctl version", "daemonctl version -o json | jq -r .server"),
        {0: "printed, also where no controller answers", 2: "wrong use"},
    ),
    ("help",): Page(
        ("daemonctl help rollout undo",), {0: "printed", 2: "there is no such command"}
    ),
    ("man",): Page(
        ("daemonctl man | man -l -", "daemonctl man > /usr/local/share/man/man1/daemonctl.1"),
        {0: "printed", 2: "wrong use"},
    ),
}


def page_of(path: tuple[str, ...]) -> Page:
    """The page of a command, by its words. KeyError where it has none: a test finds that."""
    if path[0] == "local":
        from daemonctl.cli.manual_local import PAGES

        return PAGES[path[1:]]
    return _PAGES[path]
