package whatsapp

import "strings"

// userServer is the part after the @ in the JID of a person.
const userServer = "s.whatsapp.net"

// jid is the WhatsApp id of a number: its digits and @s.whatsapp.net. Text that
// is a JID already, such as a group's, stays. nil and "" are no id.
func jid(number *string) *string {
	text := phone(number)
	if text == nil || strings.Contains(*text, "@") {
		return text
	}
	id := *text + "@" + userServer
	return &id
}

// phone is a number as the vendor writes it: digits alone. What has other
// characters than a number may have is not changed.
func phone(number *string) *string {
	if number == nil || *number == "" {
		return nil
	}
	digits := make([]byte, 0, len(*number))
	for i := range len(*number) {
		switch c := (*number)[i]; {
		case c >= '0' && c <= '9':
			digits = append(digits, c)
		case !strings.ContainsRune("+ -.()", rune(c)):
			return number
		}
	}
	if len(digits) == 0 {
		return nil
	}
	text := string(digits)
	return &text
}

// device is the number of a JID of the business's own account, which the vendor
// writes without the part after the @.
func device(number *string) *string {
	if number == nil {
		return nil
	}
	user, _, _ := strings.Cut(*number, "@")
	return phone(&user)
}

// first is the first of the ids that there is.
func first(ids ...*string) *string {
	for _, id := range ids {
		if id != nil && *id != "" {
			return id
		}
	}
	return nil
}

// chat is the conversation's JID where the data has one, as for groups; else that
// of the other person.
func chat(conversation, person *string) *string {
	if conversation != nil && strings.Contains(*conversation, "@") {
		return conversation
	}
	return person
}
