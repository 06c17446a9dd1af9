import { PERMISSIONS, POLICY, ROLES } from '#console/api/roles.ts'
import { visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { TEXTS } from '../texts.ts'
import { grantsText } from './grant-text.ts'

/** What each role may do, and to whoever manages people, who is given which. */
export function Roles({ mayManage }: { readonly mayManage: boolean }) {
  const words = TEXTS.settings
  return (
    <section>
      <h2>{words.roles}</h2>
      <p className="quiet">{words.rolesSay}</p>
      <Table
        head={[words.role, words.permission]}
        text={2}
        rows={ROLES.map((role) => [role, `${POLICY[role].map((permission) => PERMISSIONS[permission]).join('; ')}.`])}
        none=""
      />
      {mayManage && <Given />}
    </section>
  )
}

function Given() {
  const words = TEXTS.settings
  const { fetched, again } = useAnswer((signal) => call('GET /v1/roles', { signal }), 'roles')
  return (
    <>
      <h3>{words.given}</h3>
      <Answered of={fetched} again={again} lines={2}>
        {({ claim, items }) => (
          <>
            <p className="quiet">
              {words.givenSays} {claim !== null && words.claim(visible(claim))}
            </p>
            <Table
              head={[words.givenTo, words.givenWhom, words.may]}
              text={3}
              rows={items.map(({ by, name, grants }) => [visible(name), words.givenBy[by], grantsText(grants)])}
              none={words.noneGiven}
            />
          </>
        )}
      </Answered>
    </>
  )
}
