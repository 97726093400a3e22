package whatsapp

import (
	"github.com/switchhook/switchhook/gen/events"
	"github.com/switchhook/switchhook/plugins/sdk"
	"github.com/switchhook/switchhook/plugins/sdk/jsondata"
)

type connection struct {
	JID          *string `json:"jid"`
	PhoneNumber  *string `json:"phone_number"`
	PushName     *string `json:"push_name"`
	Platform     *string `json:"platform"`
	BusinessName *string `json:"business_name"`
	IsLoggedIn   bool    `json:"is_logged_in"`
	IsConnected  bool    `json:"is_connected"`
}

func connectionConnected(d *sdk.Delivery) (any, error) {
	var data events.Connection
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	number := device(&data.PhoneNumber)
	if number == nil {
		return nil, jsondata.Missing(d, "phone_number")
	}
	return connection{
		JID: number, PhoneNumber: number, PushName: data.Name, Platform: data.Client, BusinessName: data.BusinessName,
		IsLoggedIn: data.LoggedIn == nil || *data.LoggedIn, IsConnected: data.Connected == nil || *data.Connected,
	}, nil
}

// connectionLost is the payload of connection.disconnected and connection.logged_out.
func connectionLost(d *sdk.Delivery) (any, error) {
	var data events.Connection
	if err := jsondata.Decode(d, &data); err != nil {
		return nil, err
	}
	number := device(&data.PhoneNumber)
	if number == nil {
		return nil, jsondata.Missing(d, "phone_number")
	}
	return struct {
		JID *string `json:"jid"`
	}{number}, nil
}
