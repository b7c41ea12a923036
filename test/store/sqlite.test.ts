/** Every port's contract on SQLite. A second engine has a file like this one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createStore, openFile } from '../../src/store/index.ts'
import { writeEmptyStore } from '../support/empty-store.ts'
import { contentsContract } from './contents-contract.ts'
import { denialContract } from './denial-contract.ts'
import { backlogContract } from './backlog-contract.ts'
import { queueEndContract } from './queue-end-contract.ts'
import { clockSetBackContract } from './clock-set-back-contract.ts'
import { deliverySettlingContract } from './delivery-settling-contract.ts'
import { queueClaimsContract } from './queue-claims-contract.ts'
import { queueTurnsContract } from './queue-turns-contract.ts'
import { directoryContract } from './directory-contract.ts'
import { expiryContract } from './expiry-contract.ts'
import { fanOutContract } from './fan-out-contract.ts'
import { inboxContract } from './inbox-contract.ts'
import { intentInboxContract } from './intent-inbox-contract.ts'
import { intentQueueContract } from './intent-queue-contract.ts'
import { keepingContract } from './keeping-contract.ts'
import { memoryContract } from './memory-contract.ts'
import { registryContract } from './registry-contract.ts'
import { renewalContract } from './renewal-contract.ts'
import { testInboxContract } from './test-inbox-contract.ts'
import { verificationContract } from './verification-contract.ts'
import { webTopicsContract } from './web-topics-contract.ts'
import { webhookContract } from './webhook-contract.ts'
import { webhookLifeContract } from './webhook-life-contract.ts'
import { retentionContract } from './retention-contract.ts'
import { sourceChangeContract } from './source-change-contract.ts'
import { tokenContract } from './token-contract.ts'
import { erasureContract } from './erasure-contract.ts'
import { auditContract } from './audit-contract.ts'
import { type OpenStore, vault } from './scene.ts'

const open: OpenStore = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'signet-store-'))
  const path = join(folder, 'signet.db')
  await writeEmptyStore(path)
  const store = await createStore(openFile(path), vault)
  return {
    ...store,
    async close() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}

const contracts = [
  inboxContract,
  contentsContract,
  memoryContract,
  fanOutContract,
  queueClaimsContract,
  queueTurnsContract,
  deliverySettlingContract,
  queueEndContract,
  backlogContract,
  intentInboxContract,
  intentQueueContract,
  denialContract,
  verificationContract,
  expiryContract,
  directoryContract,
  registryContract,
  renewalContract,
  keepingContract,
  webhookContract,
  webhookLifeContract,
  testInboxContract,
  retentionContract,
  sourceChangeContract,
  tokenContract,
  auditContract,
  erasureContract,
  webTopicsContract,
  clockSetBackContract,
]
for (const contract of contracts) contract(open)
