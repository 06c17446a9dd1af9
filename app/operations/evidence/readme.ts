import type { AuditReport } from '#runtime/audit/verify.ts'

interface Found extends Pick<AuditReport, 'entries' | 'certifiedTo' | 'problems'> {
  readonly at: string
  readonly by: string
  readonly decisions: number
  readonly datasets: readonly string[]
  /** SHA-256 of the public keys' PEM. */
  readonly keys: string
}

/** The first file of the evidence: what it is, and how to verify it. */
export function readme({ at, by, entries, certifiedTo, problems, decisions, datasets, keys }: Found): string {
  const whole =
    problems.length === 0 ? 'and found nothing wrong' : `and found ${problems.length} problems: see found.json`
  return `# Evidence

Taken ${at} by \`${by.replaceAll('`', "'")}\`. Credence verified all of it then, ${whole}. It holds no record, and nothing that opens one.

| file | what it is |
| --- | --- |
| \`audit.jsonl\` | the audit log, ${entries} entries: who did what over what and when, every look at a record among it. Each entry names the SHA-256 of the one before; checkpoints sign for them, the last for entry ${certifiedTo} |
| \`decisions.jsonl\` | what people decided over records, ${decisions} decisions: who, which records, why, each signed when it was made |
| \`chains/\` | of each dataset (${datasets.join(', ')}) every link of its chain: what each window received, admitted, held and rejected, under which policy, contract and detectors, and the digests of the objects that hold it |
| \`signing-keys.pem\` | the public keys, in the order in which they signed |
| \`found.json\` | what verifying it found when it was taken |
| \`verify.py\` | verifies all of it without Credence |

## To verify it

    pip install cryptography
    python3 verify.py ${keys}

That is the SHA-256 of \`signing-keys.pem\` as it is here. Compare it with what you have from elsewhere, such as an earlier evidence, or
\`credence verify --store … --key …\` over a copy of the store: whoever could make all of this anew would make keys too. Keep the
last entry of the log: the next evidence has to have it.

With Credence: \`credence audit verify --file audit.jsonl --key signing-keys.pem\`. The bytes are those of docs/format.md: Ed25519,
SHA-256, canonical JSON (RFC 8785), DSSE envelopes of in-toto statements.

A time is what the clock of the machine said that wrote it. Whoever has a person's session, or holds the signing key, can sign what nobody decided.
`
}
