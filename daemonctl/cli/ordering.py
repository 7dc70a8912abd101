"""What the commands that change something do: ask the controller, print what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from daemonctl.cli.client import Client
from daemonctl.cli.failure import FailError
from daemonctl.cli.server import Server
from daemonctl.cli.show import print_json, print_lines
from daemonctl.cli.table import plain, wrap
from daemonctl.runtime.report import Answers
from daemonctl.runtime.report_rows import AnswerRow


def order(
    server: Server,
    cluster: str | None,
    output: str,
    *path: str,
    body: Mapping[str, object] | None = None,
) -> None:
    """Asks for it on one cluster or, without ``cluster``, on all; FailError where one refused."""
    client = Client(server)
    query = {} if cluster is None else {"cluster": cluster}
    answers = client.post(Answers, *path, query=query, body=body)
    rows: list[AnswerRow] = []
    for row in answers.clusters:
        if row.leader:  # another replica leads it: asked for by name, the server says where
            elsewhere = client.post(Answers, *path, query={"cluster": row.cluster}, body=body)
            rows += elsewhere.clusters
        else:
            rows.append(row)
    tell(Answers(tuple(rows)), output)


def tell(answers: Answers, output: str) -> None:
    """What became of it, a line a cluster. FailError where a cluster refused."""
    if output == "json":
        print_json(answers)
    else:
        for row in answers.clusters:
            if row.done:
                print_lines(wrap(f"{row.cluster}: ", row.words))
    refused = [row for row in answers.clusters if not row.done]
    if refused:
        words = "; ".join(f"{row.cluster} refused: {row.words}" for row in refused)
        raise FailError(plain(words))
