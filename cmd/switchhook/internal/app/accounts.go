package app

import (
	"time"

	"github.com/switchhook/switchhook/core/account"
	"github.com/switchhook/switchhook/core/account/accesstoken"
	"github.com/switchhook/switchhook/core/account/jwtkey"
)

// newAccounts makes the service that authenticates, with every kind of
// credentials that is configured.
func (a *App) newAccounts() (*account.Service, error) {
	key, err := secretKey(a.cfg)
	if err != nil {
		return nil, err
	}
	signer, err := accesstoken.New(key, time.Now)
	if err != nil {
		return nil, err
	}
	options := []account.Option{account.WithAccessTokens(signer), account.WithEmitter(a.emitter), account.WithMeter(a.meter())}
	if j := a.cfg.Auth.JWT; j.Enabled() {
		verifier, err := jwtkey.New(jwtkey.Config{
			Secret: j.Secret, File: j.JWKSFile, URL: j.JWKSURL, Issuer: j.Issuer, Audience: j.Audience,
			AccountClaim: j.AccountClaim, ScopeClaim: j.ScopeClaim, Leeway: j.Leeway, Now: time.Now, Log: a.log,
		})
		if err != nil {
			return nil, err
		}
		options = append(options, account.WithJWT(verifier))
	}
	return account.NewService(a.store, time.Now, a.log, options...), nil
}
