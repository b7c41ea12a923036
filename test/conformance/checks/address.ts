/** The addresses that the hub itself serves: its own, and its topics'. */
import { type Check, check, must, needs } from '../check.ts'
import { linksOf, told } from '../hub-client.ts'
import { header } from '../site/server.ts'

export const address: Check[] = [
  check('address/get', 24, 'strict', 'shows people a page', async ({ hub }) => {
    const answer = await hub.send({ method: 'GET' })
    must(answer.status === 200, `GET was answered ${told(answer)}`)
    must(answer.body.trim() !== '', 'the page is empty')
  }),
  check('address/head', 24, 'strict', 'answers HEAD as GET', async ({ hub }) => {
    const [get, head] = [await hub.send({ method: 'GET' }), await hub.send({ method: 'HEAD' })]
    must(head.status === get.status, `GET was answered ${get.status}, HEAD ${head.status}`)
    const [type, same] = [get, head].map((answer) => header(answer, 'Content-Type').join())
    must(type === same, `GET has the type ${type ?? ''}, HEAD ${same ?? ''}`)
  }),
  check(
    'address/options',
    24,
    'strict',
    'answers OPTIONS by 405, and says what is allowed',
    async ({ hub }) => {
      const answer = await hub.send({ method: 'OPTIONS' })
      must(answer.status === 405, `OPTIONS was answered ${told(answer)}`)
      const allowed = header(answer, 'Allow')
        .join(',')
        .split(/\s*,\s*/)
      must(allowed.includes('POST') && allowed.includes('GET'), `Allow says "${allowed.join(', ')}"`)
    },
  ),
  check('address/other-methods', 24, 'strict', 'answers other methods by 405 with Allow', async ({ hub }) => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const answer = await hub.send({ method })
      must(answer.status === 405, `${method} was answered ${told(answer)}`)
      must(header(answer, 'Allow').join().includes('POST'), `${method}: no Allow that names POST`)
    }
  }),
  check(
    'address/own-topics',
    23,
    'strict',
    'answers GET and HEAD of its own topics alike, links included, to anyone',
    async ({ hub, options: { ownTopic: url } }) => {
      needs(url !== undefined, 'no topic of the hub’s own was named (--own-topic)')
      for (const who of [{}, { bare: true } as const]) {
        const get = await hub.send({ method: 'GET', url, ...who })
        const head = await hub.send({ method: 'HEAD', url, ...who })
        must(get.status === head.status, `GET was answered ${get.status}, HEAD ${head.status}`)
        for (const [method, answer] of Object.entries({ GET: get, HEAD: head })) {
          const links = [linksOf(answer, 'hub'), linksOf(answer, 'self')].join()
          must(
            links === [hub.url, url].join(),
            `${method} (${answer.status}) has the links ${links.replace(/^,$/, 'none')}`,
          )
        }
      }
    },
  ),
]
