package manifestcheck

import (
	"crypto/ed25519"
	"fmt"

	"github.com/switchhook/switchhook/plugins/sdk"
)

const maxSecretVariants = 16

func (c *checker) secret(field string, s sdk.SecretPolicy) {
	c.expression(s.Pattern, field+".pattern")
	if !s.Generate && s.Prefix == "" && s.KeyPair == nil {
		return
	}
	c.require(s.Bytes >= minSecretBytes && s.Bytes <= maxSecretBytes, field+".bytes",
		"%d must be %d to %d", s.Bytes, minSecretBytes, maxSecretBytes)
	c.require(s.Encoding == sdk.SecretEncodingBase64 || s.Encoding == sdk.SecretEncodingHex, field+".encoding",
		"%d is not a known encoding", s.Encoding)
	c.require(len(s.Prefix) <= MaxNameLength, field+".prefix", "must have at most %d bytes", MaxNameLength)
	if s.KeyPair != nil {
		c.keyPair(field, s)
	}
}

func (c *checker) keyPair(field string, s sdk.SecretPolicy) {
	c.require(s.Bytes == ed25519.PrivateKeySize, field+".bytes", "%d must be %d where key_pair is set", s.Bytes, ed25519.PrivateKeySize)
	c.require(s.Encoding == sdk.SecretEncodingBase64, field+".encoding", "must be base64 where key_pair is set")
	c.require(len(s.KeyPair.PublicPrefix) <= MaxNameLength, field+".key_pair.public_prefix", "must have at most %d bytes", MaxNameLength)
	name := s.KeyPair.PublicSetting
	c.require(name != "" && len(name) <= MaxNameLength, field+".key_pair.public_setting", "must have 1 to %d bytes", MaxNameLength)
}

// secretVariants wants one setting to select, and each of its values once.
func (c *checker) secretVariants(m *sdk.Manifest) {
	c.require(len(m.SecretVariants) <= maxSecretVariants, "secret_variants", "must have at most %d entries", maxSecretVariants)
	seen := map[string]bool{}
	for i, v := range m.SecretVariants {
		field := fmt.Sprintf("secret_variants[%d]", i)
		c.require(v.Setting != "" && len(v.Setting) <= MaxNameLength, field+".setting", "must have 1 to %d bytes", MaxNameLength)
		c.require(v.Setting == m.SecretVariants[0].Setting, field+".setting", "%q must be that of the first variant: one setting selects", v.Setting)
		c.require(v.Value != "" && len(v.Value) <= MaxNameLength, field+".value", "must have 1 to %d bytes", MaxNameLength)
		c.require(!seen[v.Value], field+".value", "%q stands there twice", v.Value)
		seen[v.Value] = true
		c.secret(field+".secret", v.Secret)
	}
}
