import { AppError } from '#core/errors.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { federationsToShow } from '#app/operations/held-clients.ts'
import { VERSION } from '#app/version.ts'
import type { TokenRow } from '#runtime/catalog/console/access.ts'
import { PERMISSIONS, permits, type Grant, type Permission } from '#console/api/roles.ts'
import type { SESSION_ROUTES } from '#console/api/session.ts'
import type { MutualTlsOptions } from '../access/certificates.ts'
import type { OpenIdOptions } from '../access/openid.ts'
import { hashOf, newSecret } from '../access/secrets.ts'
import { IDLE_SECONDS, type Visitors } from '../access/who.ts'
import type { Handlers } from '../call.ts'

/** Whom the configuration gives roles. */
export interface GivenRoles {
  readonly openid?: Pick<OpenIdOptions, 'claim' | 'roles'> | undefined
  readonly mutualTls?: Pick<MutualTlsOptions, 'clients'> | undefined
}

export function sessionAnswers(
  { forget }: Visitors,
  { openid, mutualTls }: GivenRoles,
): Handlers<keyof typeof SESSION_ROUTES> {
  return {
    async 'session.show'({ who, system }) {
      const { person, via, csrf, expiresAt, strongUntil } = who
      const permissions = (Object.keys(PERMISSIONS) as Permission[]).filter((each) => permits(who.grants, each))
      const grants = grantsOf(who.grants)
      const federations = (await federationsToShow(system)).filter((each) => permits(who.grants, 'view', each))
      const until = { expiresAt: expiresAt.toISOString(), strongUntil: strongUntil?.toISOString() ?? null }
      return { person, via, grants, permissions, csrf, federations, ...until, version: VERSION }
    },

    async 'session.end'({ who, system, headers }) {
      if (who.session === null) throw noSession()
      await system.catalog.console.access.endSession(who.session, who.person, who.person)
      headers.set('set-cookie', forget)
      headers.set('clear-site-data', '"cache", "storage"')
    },

    async 'sessions.list'({ who, system }) {
      const everybody = permits(who.grants, 'people.manage')
      const rows = await system.catalog.console.access.sessions(everybody ? null : who.person, IDLE_SECONDS)
      const items = rows.map(({ id, person, via, address, agent, startedAt, seenAt, expiresAt, grants }) => ({
        id,
        person,
        via,
        from: address,
        agent,
        startedAt: startedAt.toISOString(),
        seenAt: seenAt.toISOString(),
        expiresAt: expiresAt.toISOString(),
        grants: grantsOf(JSON.parse(grants) as Grant[]),
        current: id === who.session,
      }))
      return { items, next: null }
    },

    async 'sessions.revoke'({ who, system, params }) {
      const whose = permits(who.grants, 'people.manage') ? null : who.person
      const ended = await system.catalog.console.access.endSession(params.id, who.person, whose)
      if (!ended) throw noSession()
    },

    async 'roles.list'() {
      const claims = Object.entries(openid?.roles ?? {}).map(([name, grants]) => ({
        by: 'openid' as const,
        name,
        grants,
      }))
      const clients = Object.entries(mutualTls?.clients ?? {}).map(([name, { grants }]) => ({
        by: 'certificate' as const,
        name,
        grants,
      }))
      return {
        claim: openid?.claim ?? null,
        items: [...claims, ...clients].map(({ grants, ...of }) => ({ ...of, grants: grantsOf(grants) })),
      }
    },

    async 'tokens.list'({ system }) {
      return { items: (await system.catalog.console.access.tokens()).map(tokenOf), next: null }
    },

    async 'tokens.make'({ who, system, body, id }) {
      const secret = newSecret()
      const { name, grants, days } = body
      const row = await system.catalog.console.access.makeToken({
        id: id.replaceAll('-', ''),
        secret: hashOf(secret),
        digest: hashOf(canonicalJson({ name, grants, days } as unknown as Value)),
        name,
        grants: JSON.stringify(grants),
        madeBy: who.person,
        seconds: days * 86_400,
      })
      // made before by the same request: whoever lost the answer makes another, for its secret is kept nowhere
      if ((await system.catalog.console.access.token(hashOf(secret))) === null) {
        throw new AppError(
          'conflict',
          'this token was made before, and its secret was shown then: revoke it, and make another',
          {
            reason: 'shown_once',
          },
        )
      }
      return { token: tokenOf(row), secret }
    },

    async 'tokens.revoke'({ who, system, params }) {
      const revoked = await system.catalog.console.access.revokeToken(params.id, who.person)
      if (!revoked) throw new AppError('not_found', 'there is no such token, or it is revoked already')
    },
  }
}

function noSession(): AppError {
  return new AppError('not_found', 'there is no such session that is open')
}

function grantsOf(grants: readonly Grant[]) {
  const copy = (names: readonly string[] | null) => (names === null ? null : [...names])
  return grants.map(({ role, datasets, contributors = null, sensitivities = null }) => ({
    role,
    datasets: copy(datasets),
    ...(contributors !== null && { contributors: copy(contributors) }),
    ...(sensitivities !== null && { sensitivities: copy(sensitivities) }),
  }))
}

function tokenOf({ id, name, grants, madeBy, madeAt, expiresAt, seenAt, revokedAt }: TokenRow) {
  return {
    id,
    name,
    grants: grantsOf(JSON.parse(grants) as Grant[]),
    madeBy,
    madeAt: madeAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    seenAt: seenAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  }
}
