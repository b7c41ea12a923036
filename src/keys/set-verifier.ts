/** Verifies SETs that publishers signed (RFC 8417, RFC 8725), and says what is wrong as RFC 8935 §2.4 does. */
import { errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { Refusal } from '../core/errors.ts'
import type { Clock, SetError, SetRefused, SetVerifier } from '../core/ports.ts'
import { CLOCK_TOLERANCE } from '../core/publishers-set.ts'
import type { TokenAuth } from '../core/source.ts'
import { parseStrictJson } from '../core/strict-json.ts'
import type { PublisherKeys } from './publisher-keys.ts'

/** Asymmetric ones alone: a public key taken for a shared secret would let anyone sign (RFC 8725 §2.1). */
const ALGS = 'ES256 ES384 ES512 RS256 RS384 RS512 PS256 PS384 PS512 EdDSA Ed25519'.split(' ')

const SENTENCES: Record<SetError, string> = {
  invalid_request: 'The token is no valid Security Event Token: see typ, jti, iat, nbf and exp.',
  invalid_key: 'The key that kid names is not among the publisher’s keys, or cannot be used.',
  invalid_issuer: 'The token’s iss is not the publisher’s.',
  invalid_audience: 'The token’s aud is not this recipient.',
  authentication_failed: 'The token is not signed by the publisher with an algorithm that is accepted.',
}

export function createSetVerifier(keys: PublisherKeys, clock: Clock): SetVerifier {
  return {
    async verify(token, trust) {
      try {
        const { payload } = await jwtVerify(token, keyOf(keys, trust), {
          typ: 'secevent+jwt',
          algorithms: ALGS,
          issuer: trust.issuer,
          audience: trust.audience,
          requiredClaims: ['jti', 'iat'],
          clockTolerance: CLOCK_TOLERANCE,
          currentDate: new Date(clock.now()),
        })
        if (!isStrict(token)) return refused('invalid_request')
        return { kind: 'verified', claims: payload }
      } catch (error) {
        if (error instanceof Refusal) throw error
        return refused(errorOf(error))
      }
    },
  }
}

/** The publisher's keys and no others: what `jku`, `jwk` or `x5c` in the header say is not looked at. */
const keyOf =
  (keys: PublisherKeys, { jwks_url }: TokenAuth): JWTVerifyGetKey =>
  (header) => {
    if (typeof header.kid !== 'string') throw new errors.JWKSNoMatchingKey()
    return keys.find(jwks_url, header)
  }

/** Those who get the token read it with parsers of their own: it must say the same to all of them. */
function isStrict(token: string): boolean {
  try {
    for (const part of token.split('.', 2)) parseStrictJson(Buffer.from(part, 'base64url'))
    return true
  } catch {
    return false
  }
}

function refused(err: SetError): SetRefused {
  return { kind: 'refused', err, description: SENTENCES[err] }
}

function errorOf(error: unknown): SetError {
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'iss') return 'invalid_issuer'
    return error.claim === 'aud' ? 'invalid_audience' : 'invalid_request'
  }
  const isForged =
    error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JOSEAlgNotAllowed
  if (isForged) return 'authentication_failed'
  const isMalformed =
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JWTExpired ||
    error instanceof errors.JOSENotSupported
  // What is left went wrong in finding the key, importing it or using it.
  return isMalformed ? 'invalid_request' : 'invalid_key'
}
