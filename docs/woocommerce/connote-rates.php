<?php
/**
 * Plugin Name: Connote rates
 * Description: Live shipping rates of Starshipit at checkout, by way of a Connote server.
 * Version: 0.1.0
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * License: Apache-2.0
 *
 * Copy this file to wp-content/plugins/, activate it, and add "Connote rates" to a zone under WooCommerce > Settings > Shipping.
 * The form of request and answer is written down in components/vendors/src/woocommerce/rates.rs.
 *
 * WooCommerce keeps the answer in the buyer's session until the cart or the address changes, so this is called once a change and not once
 * a page. When there is no answer nothing is added, and the zone's other methods show: give each zone a flat rate as a last resort.
 */

defined( 'ABSPATH' ) || exit;

/**
 * A package with another "connote_age" is asked for again: hourly, for session rates have no time limit of their own, and each half minute
 * after a failure, which WooCommerce would otherwise remember as "no rates" for as long as the cart stays the same. A failure counts for the
 * package it befell: another one's success does not clear it.
 */
add_filter( 'woocommerce_cart_shipping_packages', function ( $packages ) {
	$failed = (array) ( WC()->session ? WC()->session->get( 'connote_rates_failed', array() ) : array() );
	foreach ( $packages as $key => $package ) {
		$packages[ $key ]['connote_key'] = (string) $key;
		$packages[ $key ]['connote_age'] = (int) ( time() / ( empty( $failed[ $key ] ) ? HOUR_IN_SECONDS : 30 ) );
	}
	return $packages;
} );

add_filter( 'woocommerce_shipping_methods', function ( $methods ) {
	$methods['connote_rates'] = 'Connote_Rates_Method';
	return $methods;
} );

add_action( 'woocommerce_shipping_init', function () {
	if ( class_exists( 'Connote_Rates_Method' ) ) {
		return;
	}
	class Connote_Rates_Method extends WC_Shipping_Method {

		/** What the way to the server and back may take, in milliseconds, besides the deadline within which the server answers. */
		const NETWORK_MS = 500;

		/** The deadline of a connection that sets none, and what may be set: `deadline_ms` of the server's settings. */
		const DEADLINE_MS = 2500;
		const SHORTEST_DEADLINE_MS = 300;
		const LONGEST_DEADLINE_MS = 9000;

		public function __construct( $instance_id = 0 ) {
			$this->id                 = 'connote_rates';
			$this->instance_id        = absint( $instance_id );
			$this->method_title       = 'Connote rates';
			$this->method_description = 'Live prices of the couriers in your Starshipit account.';
			$this->supports           = array( 'shipping-zones', 'instance-settings' );
			$this->instance_form_fields = array(
				'title' => array( 'title' => 'Title', 'type' => 'text', 'default' => 'Live rates', 'description' => 'For this page only; buyers see the services by name.' ),
				'url'   => array( 'title' => 'URL', 'type' => 'text', 'description' => 'Address of your Connote server for rates. It must begin with https: no other is asked.' ),
				'token' => array( 'title' => 'Token', 'type' => 'password', 'description' => 'As configured on the server.' ),
				'deadline_ms' => array( 'title' => 'Deadline', 'type' => 'number', 'default' => self::DEADLINE_MS, 'description' => 'Milliseconds, as deadline_ms of the connection on the server. The other methods are shown half a second later.', 'custom_attributes' => array( 'min' => self::SHORTEST_DEADLINE_MS, 'max' => self::LONGEST_DEADLINE_MS ) ),
				'tax_status' => array( 'title' => 'Tax', 'type' => 'select', 'default' => 'taxable', 'options' => array( 'taxable' => 'Add tax to the prices', 'none' => 'The prices have all tax in them' ) ),
			);
			$this->title      = $this->get_option( 'title' );
			$this->tax_status = $this->get_option( 'tax_status' );
			add_action( 'woocommerce_update_options_shipping_' . $this->id, array( $this, 'process_admin_options' ) );
		}

		/** Called by WooCommerce for each package whose rates it does not have. */
		public function calculate_shipping( $package = array() ) {
			$url = trim( $this->get_option( 'url' ) );
			// Only https: the token and the buyer's address must not travel in the clear.
			if ( ! $this->is_https( $url ) ) {
				$this->warn( 'the URL of the method has to begin with https://' );
				return;
			}
			if ( empty( $package['destination']['country'] ) ) {
				return;
			}
			$rates = $this->ask( $url, $this->request( $package ) );
			$this->remember( $package, null === $rates );
			foreach ( (array) $rates as $rate ) {
				if ( ! isset( $rate['id'], $rate['label'], $rate['cost'] ) || ! is_numeric( $rate['cost'] ) ) {
					continue;
				}
				// Unique within the zone as well: of rates with equal ids WooCommerce keeps only the last.
				$this->add_rate( array(
					'id'        => $this->get_rate_id( $rate['id'] ),
					'label'     => sanitize_text_field( $rate['label'] ),
					'cost'      => $rate['cost'],
					'package'   => $package,
					'meta_data' => array_map( 'sanitize_text_field', (array) ( $rate['meta_data'] ?? array() ) ),
				) );
			}
		}

		/** An URL that cannot be used is refused where it is typed in, with the reason; the one that was there stays. */
		public function validate_url_field( $key, $value ) {
			$url = trim( (string) $value );
			if ( '' !== $url && ! $this->is_https( $url ) ) {
				throw new Exception( 'The URL has to begin with https://, since the token and the addresses of buyers travel over it.' );
			}
			return esc_url_raw( $url, array( 'https' ) );
		}

		private function is_https( $url ) {
			return 0 === stripos( $url, 'https://' );
		}

		/** Keeps for each package, and each method of its zone that is ours, whether it failed. */
		private function remember( $package, $has_failed ) {
			if ( ! WC()->session ) {
				return;
			}
			$failed = (array) WC()->session->get( 'connote_rates_failed', array() );
			$key    = $package['connote_key'] ?? '';
			$of     = (array) ( $failed[ $key ] ?? array() );
			unset( $of[ $this->instance_id ], $failed[ $key ] );
			if ( $has_failed ) {
				$of[ $this->instance_id ] = 1;
			}
			if ( $of ) {
				$failed[ $key ] = $of;
			}
			WC()->session->set( 'connote_rates_failed', $failed ? $failed : null );
		}

		/** One line for the shop's log: never an address, never the token. */
		private function warn( $why ) {
			wc_get_logger()->warning( 'No rates: ' . $why, array( 'source' => 'connote-rates' ) );
		}

		/** Seconds until the buyer is shown the other methods. */
		private function timeout() {
			$set         = (int) $this->get_option( 'deadline_ms' );
			$deadline_ms = $set > 0 ? $set : self::DEADLINE_MS;
			return ( min( max( $deadline_ms, self::SHORTEST_DEADLINE_MS ), self::LONGEST_DEADLINE_MS ) + self::NETWORK_MS ) / 1000;
		}

		/** The rates of an answer; null for everything but a 200 with a list. Certificates are verified. */
		private function ask( $url, $body ) {
			$answer = wp_remote_post( $url, array(
				'timeout'     => $this->timeout(),
				'redirection' => 0,
				'sslverify'   => true,
				'headers'     => array( 'Content-Type' => 'application/json', 'Authorization' => 'Bearer ' . $this->get_option( 'token' ) ),
				'body'        => wp_json_encode( $body ),
			) );
			$status = is_wp_error( $answer ) ? $answer->get_error_message() : wp_remote_retrieve_response_code( $answer );
			$read   = 200 === $status ? json_decode( wp_remote_retrieve_body( $answer ), true ) : null;
			if ( ! isset( $read['rates'] ) || ! is_array( $read['rates'] ) ) {
				$this->warn( $status );
				return null;
			}
			return $read['rates'];
		}

		/** The package in the form of woocommerce/rates.rs. */
		private function request( $package ) {
			$to   = $package['destination'];
			$base = WC()->countries;
			$user = wp_get_current_user();
			return array(
				'version'     => 1,
				'currency'    => get_woocommerce_currency(),
				'value'       => $this->decimal( $package['contents_cost'] ?? 0, 4 ),
				'locale'      => get_locale(),
				'origin'      => array(
					'address_1' => $base->get_base_address(),
					'address_2' => $base->get_base_address_2(),
					'city'      => $base->get_base_city(),
					'state'     => $base->get_base_state(),
					'postcode'  => $base->get_base_postcode(),
					'country'   => $base->get_base_country(),
				),
				'destination' => array(
					'company'   => $to['company'] ?? '',
					'address_1' => $to['address_1'] ?? ( $to['address'] ?? '' ),
					'address_2' => $to['address_2'] ?? '',
					'city'      => $to['city'] ?? '',
					'state'     => $to['state'] ?? '',
					'postcode'  => $to['postcode'] ?? '',
					'country'   => $to['country'],
				),
				'customer'    => array( 'id' => $user->ID, 'roles' => implode( ',', $user->roles ) ),
				'coupons'     => implode( ',', $package['applied_coupons'] ?? array() ),
				'items'       => array_map( array( $this, 'item' ), array_values( $package['contents'] ) ),
			);
		}

		/** A line. The shop's units are known only here: grams and millimetres leave. */
		private function item( $line ) {
			$product = $line['data'];
			$weight  = (float) $product->get_weight();
			return array(
				'product_id'     => $line['product_id'],
				'variation_id'   => $line['variation_id'],
				'sku'            => $product->get_sku(),
				'name'           => $product->get_name(),
				'quantity'       => $line['quantity'],
				'total'          => $this->decimal( $line['line_total'], 4 ),
				'weight_g'       => $this->decimal( wc_get_weight( $weight, 'g' ), 3 ),
				'length_mm'      => $this->millimetres( $product->get_length() ),
				'width_mm'       => $this->millimetres( $product->get_width() ),
				'height_mm'      => $this->millimetres( $product->get_height() ),
				'needs_shipping' => $product->needs_shipping(),
				'shipping_class' => $product->get_shipping_class(),
				'attributes'     => (object) ( $line['variation'] ?? array() ),
			);
		}

		private function millimetres( $length ) {
			return $this->decimal( wc_get_dimension( (float) $length, 'mm' ), 3 );
		}

		/** Decimal text: a float as JSON may be 0.30000000000000004, which would be rounded up. */
		private function decimal( $number, $places ) {
			return number_format( (float) $number, $places, '.', '' );
		}
	}
} );
