import CryptoJS from 'crypto-js'
import { EPI_FLOOR, header, targetOf } from '../../src/signers/epi-hmac.ts'
import type { Signing } from '../../src/signers/signer.ts'

export const epiHmac: readonly Signing[] = [
  {
    // As in the vendor's sample for Postman, but for a nonce that cannot be guessed.
    name: "crypto-js, the vendor's sample",
    role: 'peer',
    over: EPI_FLOOR,
    text: true,
    make: (key) => (request) => {
      const time = String(Date.now())
      const nonce = crypto.randomUUID().replaceAll('-', '')
      const digest = CryptoJS.enc.Base64.stringify(CryptoJS.MD5(request.body as string))
      const message = key.id + request.method + targetOf(request) + time + nonce + digest
      const signature = CryptoJS.HmacSHA256(message, CryptoJS.enc.Base64.parse(key.secret))
      return header(key, time, nonce, CryptoJS.enc.Base64.stringify(signature))
    },
  },
]
