package dashboard

func (v *visit) providers() error {
	list, err := v.api.ListProvidersWithResponse(v)
	if err != nil {
		return err
	}
	return v.render("providers", "providers", "Providers", list.JSON200.Items)
}

func (v *visit) provider() error {
	got, err := v.api.GetProviderWithResponse(v, v.r.PathValue("name"))
	if err != nil {
		return err
	}
	p := *got.JSON200
	title := p.Name
	if p.Title != nil {
		title = *p.Title
	}
	return v.render("provider", "providers", title, p)
}
