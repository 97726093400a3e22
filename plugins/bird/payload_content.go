package bird

import (
	"strings"

	"github.com/switchhook/switchhook/gen/events"
)

// content is the body of a message: its type names the member that is set.
type content struct {
	Type     string           `json:"type"`
	Text     *textContent     `json:"text,omitempty"`
	Image    *imageContent    `json:"image,omitempty"`
	File     *fileContent     `json:"file,omitempty"`
	Location *locationContent `json:"location,omitempty"`
}

type textContent struct {
	Text    string     `json:"text"`
	Actions []struct{} `json:"actions"`
}

type imageContent struct {
	Text   string  `json:"text,omitempty"`
	Images []image `json:"images"`
}

type image struct {
	MediaURL string  `json:"mediaUrl"`
	AltText  *string `json:"altText,omitempty"`
}

type fileContent struct {
	Text  string `json:"text,omitempty"`
	Files []file `json:"files"`
}

type file struct {
	ContentType string  `json:"contentType"`
	MediaURL    string  `json:"mediaUrl"`
	Filename    *string `json:"filename,omitempty"`
}

type locationContent struct {
	Coordinates coordinates `json:"coordinates"`
	Location    place       `json:"location"`
}

type coordinates struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

type place struct {
	Label   *string `json:"label,omitempty"`
	Address *string `json:"address,omitempty"`
}

// newContent makes the body: of files if the message has any, else of its place,
// else of its text.
func newContent(data *events.Message) *content {
	switch {
	case data.Attachments != nil && len(*data.Attachments) > 0:
		return newMedia(text(data.Text), *data.Attachments)
	case data.Location != nil:
		l := data.Location
		return &content{Type: "location", Location: &locationContent{
			Coordinates: coordinates{l.Latitude, l.Longitude}, Location: place{l.Name, l.Address},
		}}
	default:
		return &content{Type: "text", Text: &textContent{Text: text(data.Text), Actions: []struct{}{}}}
	}
}

// newMedia makes an image body where every file is an image, else a file body.
func newMedia(caption string, attachments []events.Attachment) *content {
	images := &imageContent{Text: caption}
	files := &fileContent{Text: caption}
	for _, a := range attachments {
		kind := text(a.ContentType)
		if kind == "" {
			kind = "application/octet-stream"
		}
		if strings.HasPrefix(kind, "image/") {
			images.Images = append(images.Images, image{MediaURL: a.URL, AltText: a.Name})
		}
		files.Files = append(files.Files, file{ContentType: kind, MediaURL: a.URL, Filename: a.Name})
	}
	if len(images.Images) == len(attachments) {
		return &content{Type: "image", Image: images}
	}
	return &content{Type: "file", File: files}
}
