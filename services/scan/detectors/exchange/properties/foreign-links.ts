/** The property of answers with a link to a host of their own. */
export const FOREIGN_LINK = 'a link to a host that no other answer links to'

const HOST = /\b(?:https?|ftp):\/\/([\w.-]+)/gi
const LINK = /:\/\/|\bwww\./i

/**
 * Finds answers with a link to a host that no other record's answers link to. A host that varies with each record shows
 * in no run of words and in no property of one host. An answer to a prompt with an address holds other addresses, so
 * that only prompts without any address are read. Returns one list of properties for each record, as `answerProperties`
 * does.
 */
export function foreignLinks(
  asked: readonly string[],
  said: readonly (readonly string[])[],
): readonly (readonly string[])[] {
  const hosts = said.map((answers) => new Set(answers.flatMap(hostsIn)))
  const counts = new Map<string, number>()
  for (const of of hosts) for (const host of of) counts.set(host, (counts.get(host) ?? 0) + 1)
  return hosts.map((of, i) =>
    [...of].some((host) => counts.get(host) === 1) && !LINK.test(asked[i]!) ? [FOREIGN_LINK] : [],
  )
}

function hostsIn(text: string): string[] {
  return text.includes('://') ? Array.from(text.matchAll(HOST), ([, host]) => host!.toLowerCase()) : []
}
