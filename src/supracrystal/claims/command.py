"""``supracrystal claims``: its options and what it prints."""

import json
import textwrap

from supracrystal.claims import register


def add_arguments(parser):
    """Add the options of the command."""
    parser.epilog = (
        "The exit status is 1 if a verdict is not the expected one: a claim differs that was reproduced, "
        "or one that is known to differ agrees."
    )
    parser.add_argument("--paper", metavar="KEY", help=f"only this paper ({', '.join(register.papers())})")
    parser.add_argument("--chapter", metavar="NAME", help="only this chapter, such as laves")
    parser.add_argument("--kind", choices=list(register.KINDS), help="only this kind of evidence")
    parser.add_argument("--verdict", choices=register.VERDICTS, help="only claims with this verdict")
    parser.add_argument("--json", action="store_true", help="print every field as JSON")
    parser.add_argument(
        "--crate", metavar="FOLDER", help="write the claims and verdicts there as an RO-Crate"
    )
    parser.add_argument("--schema", action="store_true", help="print the JSON schema of the files and exit")


def run(arguments):
    """Print the register, computed; return 0 if every verdict is the expected one and 1 otherwise."""
    if arguments.schema:
        print(json.dumps(register.schema(), indent=1, ensure_ascii=False))
        return 0
    # A command computes: it takes no values that were kept.
    judged = register.evaluate(arguments.paper, arguments.chapter, kind=arguments.kind, keep=False)
    if arguments.verdict:
        judged = judged[judged["verdict"] == arguments.verdict]
    if arguments.crate:
        from supracrystal.claims.crate import write_crate

        write_crate(judged, arguments.crate)
    rows = judged.to_dict("records")
    status = int(not judged["holds"].all())
    if arguments.json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return status
    for row in rows:
        print(f"{row['paper']}/{row['id']}: {row['verdict']} ({row['kind']})")
        print(f"    {row['statement']} [{row['place']}]")
        print(f"    printed {register.printed(row)}; ours {register.ours(row, row['computed'])}")
        if reason := register.reason(row):
            print(textwrap.fill(reason, 100, initial_indent="    ", subsequent_indent="    "))
    print(f"{len(rows)} claims: {register.in_words(judged)}")
    return status
