package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/switchhook/switchhook/cmd/switchhook/internal/answer"
	"github.com/switchhook/switchhook/cmd/switchhook/internal/listen"
	"github.com/switchhook/switchhook/gen/switchhook"
)

// removeTimeout bounds the removal of a listener's subscription.
const removeTimeout = 10 * time.Second

func newListen() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "listen",
		Short: "Receive events on this machine and show them",
		Long: `Receive events on this machine and show them: the command starts a receiver, makes
a subscription of the provider standard for it, shows each delivery with its
signature checked, and removes the subscription when it ends. With --forward a
delivery is passed on as it is, and the answer to it becomes the answer.

A gateway on this machine reaches the receiver if its egress.allow has
127.0.0.0/8 (SWITCHHOOK_EGRESS_ALLOW). For a gateway elsewhere, open a tunnel to
--listen and name its public end with --url.` + connectionHelp,
		Example: `  switchhook listen
  switchhook listen --events 'order.*' --body
  switchhook listen --forward http://localhost:3000/hooks
  switchhook listen --listen 127.0.0.1:4000 --url https://my-tunnel.example.com/`,
		Args: cobra.NoArgs,
		RunE: listenRun,
	}
	f := cmd.Flags()
	addConnectionFlags(cmd, f)
	f.StringP("output", "o", answer.Table, "table, or json for one object a line")
	f.StringSlice("events", nil, "patterns of event types, separated by commas; none is every type")
	f.String("forward", "", "URL that deliveries are passed on to")
	f.Bool("body", false, "show bodies too")
	f.Int("count", 0, "end after so many deliveries; 0 is never")
	f.String("listen", "127.0.0.1:0", "host:port of the receiver; port 0 takes a free one")
	f.String("url", "", "URL under which the gateway reaches the receiver, such as a tunnel's")
	completeFlag(cmd, "output", cobra.FixedCompletions([]string{answer.Table, answer.JSON}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func listenRun(cmd *cobra.Command, _ []string) (err error) {
	s, err := connect(cmd)
	if err != nil {
		return err
	}
	show, err := newShow(cmd, s.format)
	if err != nil {
		return err
	}
	forward, err := forwardFlag(cmd)
	if err != nil {
		return err
	}
	// A second signal ends the process at once.
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()

	address, _ := cmd.Flags().GetString("listen")
	socket, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer func() { _ = socket.Close() }()
	target, err := listenURL(cmd, s.server, socket.Addr())
	if err != nil {
		return err
	}
	sub, err := s.subscribe(ctx, target, listFlag(cmd, "events"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.unsubscribe(ctx, sub.ID)) }()
	count, _ := cmd.Flags().GetInt("count")
	secret := ""
	if sub.Secret != nil {
		secret = *sub.Secret
	}
	l, err := listen.New(listen.Options{Secret: secret, Forward: forward, Count: count, Show: show.delivery, Now: time.Now})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "Receiving %s at %s until interrupted.\n", cell(events(sub.Events)), cell(target))
	show.heading()
	if err := l.Run(ctx, socket); err != nil {
		return err
	}
	return show.err
}

// listenURL is what the gateway is told to post to.
func listenURL(cmd *cobra.Command, server string, addr net.Addr) (string, error) {
	if u, _ := cmd.Flags().GetString("url"); u != "" {
		return u, nil
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	if !isLoopback(u.Hostname()) {
		return "", fmt.Errorf("the gateway at %s is not on this machine and cannot reach %s: "+
			"open a tunnel to it and name the tunnel's URL with --url", u.Host, addr)
	}
	return "http://" + addr.String() + "/", nil
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

func forwardFlag(cmd *cobra.Command) (string, error) {
	text, _ := cmd.Flags().GetString("forward")
	if text == "" {
		return "", nil
	}
	if u, err := url.Parse(text); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", errors.New("--forward: must be a URL such as http://localhost:3000/hooks")
	}
	return text, nil
}

// subscribe makes the listener's subscription.
func (s *session) subscribe(ctx context.Context, target string, patterns *[]string) (switchhook.SubscriptionWithSecret, error) {
	var sub switchhook.SubscriptionWithSecret
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	provider, name := "standard", "switchhook listen on "+host
	body, err := answer.Read(s.CreateSubscription(ctx, switchhook.NewSubscription{Provider: &provider, Name: &name, URL: target, Events: patterns}))
	var p *answer.Error
	if errors.As(err, &p) && p.Blames("/url") {
		return sub, fmt.Errorf("%w\nThe gateway must be able to reach this machine: start it with SWITCHHOOK_EGRESS_ALLOW=127.0.0.0/8, "+
			"or open a tunnel and name its URL with --url", err)
	}
	if err != nil {
		return sub, err
	}
	return answer.Decode[switchhook.SubscriptionWithSecret](body)
}

// unsubscribe removes it, also after an interrupt.
func (s *session) unsubscribe(ctx context.Context, id uuid.UUID) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	_, err := answer.Read(s.DeleteSubscription(ctx, id))
	var p *answer.Error
	if err == nil || errors.As(err, &p) && p.Status == http.StatusNotFound {
		return nil
	}
	return fmt.Errorf("the listener's subscription is still there; remove it with: switchhook subscription delete %s\n%w", id, err)
}
