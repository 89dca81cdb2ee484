// The scene `late-load` of `tests/peers` on bentocache. Prints what was observed, as JSON.
//
// A load has read the old row; the answer is ended, and that call returns; then the load ends.

import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'

const bento = new BentoCache({
  default: 'memory',
  stores: { memory: bentostore().useL1Layer(memoryDriver()) },
})

let begin, end
const begun = new Promise((resolve) => (begin = resolve))
const ended = new Promise((resolve) => (end = resolve))

const loading = bento.getOrSet({
  key: 'key',
  ttl: '5m',
  factory: async () => {
    const read = 'old'
    begin()
    await ended
    return read
  },
})
await begun
await bento.delete({ key: 'key' })
end()
await loading

const found = await bento.get({ key: 'key' })
console.log(JSON.stringify(found === 'old' ? 'the old value is kept' : 'nothing old is kept'))
await bento.disconnectAll()
