/** How much of everything: 1 in `npm test`, more in the long form (`npm run test:hostile`). */
export const scale = Number(process.env.SIGNET_TEST_HOSTILE ?? 1)
