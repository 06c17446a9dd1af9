/** The reason of a rejection that names the right label; the reason is signed together with the rejection. */
export function relabelReason(label: string, reason: string): string {
  return `relabel as ${JSON.stringify(label)}: ${reason}`
}

/** The right label that a reason names; null if it names none. */
export function relabelIn(reason: string): string | null {
  const [, label] = /^relabel as ("(?:[^"\\]|\\.)*"): /.exec(reason) ?? []
  try {
    return label === undefined ? null : (JSON.parse(label) as string)
  } catch {
    return null // a person wrote a similar text
  }
}
