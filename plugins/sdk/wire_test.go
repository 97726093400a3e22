package sdk

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/switchhook/switchhook/gen/adapterv1"
)

// fill sets every exported field below v to a value that is not its zero value,
// each different from the others where the type allows it.
func fill(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.Unix(int64(1_700_000_000+*n), 0).UTC()))
		return
	case time.Duration:
		v.SetInt(int64(*n) * int64(time.Second))
		return
	case Code:
		v.SetInt(int64(CodeConflict))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(t, v.Field(i), n)
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0), n)
		fill(t, v.Index(1), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key"+strconv.Itoa(*n)), reflect.ValueOf("value"+strconv.Itoa(*n)))
	case reflect.String:
		v.SetString("text" + strconv.Itoa(*n))
	case reflect.Int:
		v.SetInt(int64(*n))
	case reflect.Uint8:
		v.SetUint(uint64(*n % 256))
	case reflect.Float64:
		v.SetFloat(float64(*n) / 2)
	case reflect.Bool:
		v.SetBool(true)
	default:
		t.Fatalf("fill does not know %s: teach it, and the wire", v.Type())
	}
}

func filled[T any](t *testing.T) T {
	t.Helper()
	var v T
	n := 0
	fill(t, reflect.ValueOf(&v).Elem(), &n)
	return v
}

// overWire marshals and unmarshals, so that what protocol buffers refuse fails here.
func overWire[P proto.Message](t *testing.T, p P) P {
	t.Helper()
	b, err := proto.Marshal(p)
	require.NoError(t, err)
	out := p.ProtoReflect().New().Interface().(P)
	require.NoError(t, proto.Unmarshal(b, out))
	return out
}

// TestWireCopiesEveryField fails when a struct gets a field that its wire form
// does not carry.
func TestWireCopiesEveryField(t *testing.T) {
	t.Parallel()
	t.Run("Manifest", func(t *testing.T) {
		t.Parallel()
		want := filled[Manifest](t)
		require.Equal(t, want, ManifestFromProto(overWire(t, want.Proto())))
	})
	t.Run("Response", func(t *testing.T) {
		t.Parallel()
		want := filled[Response](t)
		require.Equal(t, &want, ResponseFromProto(overWire(t, want.Proto())))
	})
	t.Run("Caller", func(t *testing.T) {
		t.Parallel()
		want := filled[Caller](t)
		require.Equal(t, want, CallerFromProto(overWire(t, want.Proto())))
	})
	t.Run("Event", func(t *testing.T) {
		t.Parallel()
		want := filled[Event](t)
		require.Equal(t, want, EventFromProto(overWire(t, want.Proto())))
	})
	t.Run("Attempt", func(t *testing.T) {
		t.Parallel()
		want := filled[Attempt](t)
		require.Equal(t, want, AttemptFromProto(overWire(t, want.Proto())))
	})
	t.Run("DeliveryRecord", func(t *testing.T) {
		t.Parallel()
		want := filled[DeliveryRecord](t)
		require.Equal(t, want, DeliveryRecordFromProto(overWire(t, want.Proto())))
	})
	t.Run("DeliveryQuery", func(t *testing.T) {
		t.Parallel()
		want := filled[DeliveryQuery](t)
		require.Equal(t, want, DeliveryQueryFromProto(overWire(t, want.Proto())))
	})
	t.Run("SubscriptionSpec", func(t *testing.T) {
		t.Parallel()
		want := filled[SubscriptionSpec](t)
		require.Equal(t, want, SubscriptionSpecFromProto(overWire(t, want.Proto())))
	})
	t.Run("Subscription", func(t *testing.T) {
		t.Parallel()
		want := filled[Subscription](t)
		require.Equal(t, &want, SubscriptionFromProto(overWire(t, want.Proto())))
	})
	t.Run("SubscriptionPatch", func(t *testing.T) {
		t.Parallel()
		want := filled[SubscriptionPatch](t)
		require.Equal(t, want, SubscriptionPatchFromProto(overWire(t, want.Proto())))
	})
	t.Run("Error", func(t *testing.T) {
		t.Parallel()
		want := filled[Error](t)
		require.Equal(t, &want, ErrorFromProto(overWire(t, want.Proto())))
	})
}

// TestWireHasNoUnreadFields fails when the contract gets a field that the native
// struct does not have.
func TestWireHasNoUnreadFields(t *testing.T) {
	t.Parallel()
	m, e, s, p, r := filled[Manifest](t), filled[Error](t), filled[Subscription](t), filled[SubscriptionPatch](t), filled[DeliveryRecord](t)
	for _, message := range []proto.Message{
		m.Proto(), e.Proto(), s.Proto(), p.Proto(), r.Proto(), filled[DeliveryQuery](t).Proto(), filled[Caller](t).Proto(),
	} {
		requireFull(t, message.ProtoReflect())
	}
}

func TestErrorRoundTrip(t *testing.T) {
	t.Parallel()
	for code := range codeNames {
		want := Errorf(code, "why %s", code)
		require.Equal(t, want, ErrorFromProto(overWire(t, want.Proto())))
		require.NotEmpty(t, adapterv1.Error_Code_name[int32(code)], "the wire does not know %s", code)
	}
	require.Len(t, adapterv1.Error_Code_name, len(codeNames)+1, "the wire knows a code that the SDK does not")
	var none *Error
	require.Nil(t, none.Proto())
	require.Nil(t, ErrorFromProto(nil))
	require.Equal(t, CodeInternal, ErrorFromProto(&adapterv1.Error{Code: 99}).Code)
	require.Equal(t, CodeInternal, ErrorFromProto(&adapterv1.Error{}).Code)
}

func TestEnumerationsHaveTheWiresNumbers(t *testing.T) {
	t.Parallel()
	require.Equal(t, int(IDFormatInteger), int(adapterv1.IDFormat_ID_FORMAT_INTEGER))
	require.Equal(t, int(IDFormatUUID), int(adapterv1.IDFormat_ID_FORMAT_UUID))
	require.Equal(t, int(IDFormatHex24), int(adapterv1.IDFormat_ID_FORMAT_HEX24))
	require.Equal(t, int(IDFormatKSUID), int(adapterv1.IDFormat_ID_FORMAT_KSUID))
	require.Equal(t, int(LimitScopeAccount), int(adapterv1.Limit_SCOPE_ACCOUNT))
	require.Equal(t, int(LimitScopeNamespace), int(adapterv1.Limit_SCOPE_NAMESPACE))
	require.Equal(t, int(LimitScopeSameFilters), int(adapterv1.Limit_SCOPE_SAME_FILTERS))
	require.Equal(t, int(SecretEncodingBase64), int(adapterv1.SecretPolicy_ENCODING_BASE64))
	require.Equal(t, int(SecretEncodingHex), int(adapterv1.SecretPolicy_ENCODING_HEX))
	for n, name := range adapterv1.DeliveryStatus_name {
		if n > 0 {
			require.Equal(t, name, "DELIVERY_STATUS_"+strings.ToUpper(DeliveryStatus(n).String()))
		}
	}
}

func TestPatchKeepsTheDifferenceBetweenKeepAndClear(t *testing.T) {
	t.Parallel()
	keep := SubscriptionPatchFromProto(overWire(t, SubscriptionPatch{}.Proto()))
	require.Equal(t, SubscriptionPatch{}, keep)
	require.Equal(t, SubscriptionPatch{}, SubscriptionPatchFromProto(nil))

	var empty SubscriptionPatch
	v := reflect.ValueOf(&empty).Elem()
	for i := range v.NumField() {
		v.Field(i).Set(reflect.New(v.Field(i).Type().Elem()))
	}
	cleared := reflect.ValueOf(SubscriptionPatchFromProto(overWire(t, empty.Proto())))
	for i := range cleared.NumField() {
		require.False(t, cleared.Field(i).IsNil(), "%s is kept instead of cleared", cleared.Type().Field(i).Name)
	}
}

func TestTextThatIsNotUTF8Travels(t *testing.T) {
	t.Parallel()
	a := Attempt{Error: "bad \xff", ResponseHeaders: []Header{{Name: "X", Value: "caf\xe9"}}}
	got := AttemptFromProto(overWire(t, a.Proto()))
	require.Equal(t, "bad \uFFFD", got.Error)
	require.Equal(t, "caf\uFFFD", got.ResponseHeaders[0].Value)
	e := overWire(t, InvalidField("/\xff", "no \xff").Proto())
	require.Equal(t, "no \uFFFD", e.GetFields()[0].GetMessage())
}

func TestAbsentMessagesAreZeroValues(t *testing.T) {
	t.Parallel()
	require.NotPanics(t, func() {
		require.Equal(t, Manifest{}, ManifestFromProto(nil))
		require.Equal(t, Event{}, EventFromProto(nil))
		require.Equal(t, &Subscription{}, SubscriptionFromProto(nil))
		require.Equal(t, DeliveryQuery{}, DeliveryQueryFromProto(nil))
		require.Equal(t, DeliveryRecord{}, DeliveryRecordFromProto(nil))
		require.Equal(t, Caller{}, CallerFromProto(nil))
		require.Nil(t, ResponseFromProto(nil))
	})
}
